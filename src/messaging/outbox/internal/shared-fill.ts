import type { RedisConnection } from '../../../platform/redis/redis-connection.js';
import type { FillReport } from './outbox-fill.js';
import { outboxFillKey } from './outbox-keys.js';

/**
 * A report of the sender counts for this long, in milliseconds. The sender writes a report each
 * second.
 */
const REPORT_TTL_MS = 10_000;

/**
 * How full the outboxes of the region are, for the processes that do not send. The sender writes it
 * to Redis, so that the health page and the metrics of every process show it.
 */
export class SharedFill {
  private readonly key: string;

  constructor(
    private readonly connection: RedisConnection,
    region: string,
  ) {
    this.key = outboxFillKey(region);
  }

  /** @throws {StoreUnavailable} */
  async write({ events, oldestAgeMs, eventsShare, ageShare }: FillReport): Promise<void> {
    const text = [events, oldestAgeMs, eventsShare, ageShare].join(' ');
    await this.connection.run((client) => client.set(this.key, text, 'PX', REPORT_TTL_MS), this.key);
  }

  /**
   * @returns `undefined` if no process has reported lately
   * @throws {StoreUnavailable}
   */
  async read(): Promise<FillReport | undefined> {
    const text = await this.connection.run((client) => client.get(this.key), this.key);
    const numbers = text?.split(' ').map(Number) ?? [];
    if (numbers.length !== 4 || numbers.some(Number.isNaN)) return undefined;
    const [events = 0, oldestAgeMs = 0, eventsShare = 0, ageShare = 0] = numbers;
    return { events, oldestAgeMs, eventsShare, ageShare };
  }
}
