import type { WallClock } from '../../../kernel/clock.js';
import { mapWithLimit } from '../../../kernel/map-with-limit.js';
import { MAX_OUTBOX_AGE_MS } from '../outbox.js';
import { OutboxFill } from './outbox-fill.js';
import type { OutboxReader } from './outbox-reader.js';
import { storedAtMs } from './outbox-record.js';
import type { OutboxTenants } from './outbox-tenants.js';

/** The outboxes that one round checks. The next round checks the next outboxes. */
const TENANTS_PER_ROUND = 200;
const READS_AT_A_TIME = 16;
/** Old records that one round drops, per tenant. */
const DROPS_PER_ROUND = 500;
/** How often the whole list of tenants is read, in rounds. */
const ROUNDS_PER_LIST = 60;

export interface OutboxPatrolOptions {
  readonly reader: OutboxReader;
  readonly tenants: OutboxTenants;
  readonly wallClock: WallClock;
  /** Records were dropped, because they were older than `MAX_OUTBOX_AGE_MS`. */
  readonly onDropped: (records: number) => void;
}

/**
 * Checks the outboxes of the region in rounds. A round finds records whose message was lost, drops
 * records that are too old, and measures how full the outboxes are. Only the sender makes rounds.
 */
export class OutboxPatrol {
  readonly fill = new OutboxFill();
  private known = new Set<string>();
  private rounds = 0;
  private nextAt = 0;

  constructor(private readonly options: OutboxPatrolOptions) {}

  /** The next round reads the list of tenants. */
  restart(): void {
    this.rounds = 0;
    this.fill.clear();
  }

  /**
   * @param onFound called with each tenant whose outbox has records
   * @throws {StoreUnavailable}
   */
  async round(onFound: (tenant: string) => void): Promise<void> {
    if (this.rounds % ROUNDS_PER_LIST === 0) await this.list();
    else for (const tenant of await this.options.tenants.listActive()) this.known.add(tenant);
    this.rounds += 1;
    await mapWithLimit(this.inTurn(), READS_AT_A_TIME, async (tenant) => {
      if (await this.look(tenant)) onFound(tenant);
    });
  }

  private async list(): Promise<void> {
    await this.options.tenants.keep(this.fill.waiting());
    this.known = new Set(await this.options.tenants.list());
  }

  /** The next tenants of the list, and the tenants whose records wait. */
  private inTurn(): string[] {
    const from = this.nextAt < this.known.size ? this.nextAt : 0;
    this.nextAt = from + TENANTS_PER_ROUND;
    const next = [...this.known].slice(from, this.nextAt);
    return [...new Set([...next, ...this.fill.waiting().slice(0, TENANTS_PER_ROUND)])];
  }

  private async look(tenant: string): Promise<boolean> {
    const records = await this.options.reader.size(tenant);
    const [oldest] = records === 0 ? [] : await this.options.reader.head(tenant, 1);
    // The sender may have deleted the last record between the two reads.
    if (oldest === undefined) {
      this.fill.note(tenant, 0, 0);
      return false;
    }
    this.fill.note(tenant, records, storedAtMs(oldest.id));
    await this.dropOld(tenant, storedAtMs(oldest.id));
    return true;
  }

  private async dropOld(tenant: string, oldestMs: number): Promise<void> {
    const { reader, wallClock, onDropped } = this.options;
    const endMs = wallClock.nowMs() - MAX_OUTBOX_AGE_MS;
    if (oldestMs >= endMs) return;
    const ids = (await reader.before(tenant, endMs, DROPS_PER_ROUND)).map(({ id }) => id);
    await reader.delete(tenant, ids);
    onDropped(ids.length);
  }
}
