import type { Clock } from '../../kernel/clock.js';
import type { RedisConnection } from '../../platform/redis/redis-connection.js';
import { redisScript } from '../../platform/redis/redis-script.js';
import type { RecordToAppend } from '../log/event-log.js';
import { outboxKey } from './internal/outbox-keys.js';
import { encodeRecord, isLater } from './internal/outbox-record.js';
import type { OutboxSignals } from './internal/outbox-signals.js';
import { OUTBOX_TTL_MS, type OutboxTenants } from './internal/outbox-tenants.js';
import { MAX_OUTBOX_RECORDS, NO_ENTRY, Outbox, OUTBOX_PRELUDE, outboxFull, type OutboxEntry } from './outbox.js';

const PUT_RECORDS = redisScript(
  'putIntoOutbox',
  1,
  new URL('./scripts/put-records.lua', import.meta.url),
  OUTBOX_PRELUDE,
);

/**
 * How often a process that waits for its record checks the outbox, in milliseconds. Usually a
 * message comes first.
 */
const LOOK_EVERY_MS = 250;

export interface RedisOutboxOptions {
  readonly connection: RedisConnection;
  readonly signals: OutboxSignals;
  readonly tenants: OutboxTenants;
  readonly clock: Clock;
}

/**
 * The outbox in the region's Redis. `OutboxRelay` sends its records.
 *
 * Race it prevents:
 * 1. A process stores an event and ends before it could tell the other regions.
 * 2. The sender got its answer, and does not send the event again.
 * So the script that stores the event also stores its records, and the relay of any process sends
 * them. An invalidation stores its records by a separate script. It is acknowledged only when the
 * log has them.
 */
export class RedisOutbox extends Outbox {
  readonly isOn = true;

  constructor(private readonly options: RedisOutboxOptions) {
    super();
    options.connection.define(PUT_RECORDS);
  }

  async put(tenant: string, records: readonly RecordToAppend[], withinMs: number): Promise<string> {
    const { keys, args } = await this.entryFor(tenant, records);
    if (keys.length === 0) return '';
    const id = String(await this.options.connection.callWithin(withinMs, PUT_RECORDS, keys, args));
    if (id === '') throw outboxFull();
    this.stored(tenant);
    return id;
  }

  async entryFor(tenant: string, records: readonly RecordToAppend[]): Promise<OutboxEntry> {
    if (records.length === 0) return NO_ENTRY;
    await this.options.tenants.register(tenant);
    const texts = records.map(encodeRecord);
    return { keys: [outboxKey(tenant)], args: [texts.length, MAX_OUTBOX_RECORDS, OUTBOX_TTL_MS, ...texts] };
  }

  stored(tenant: string): void {
    this.options.signals.stored(tenant);
  }

  async sent(tenant: string, id: string, withinMs: number): Promise<boolean> {
    const { signals, clock } = this.options;
    const untilMs = clock.nowMs() + withinMs;
    if (id === '' || signals.isSent(tenant, id)) return true;
    for (;;) {
      const leftMs = untilMs - clock.nowMs();
      if (leftMs <= 0) return false;
      await signals.untilSent(tenant, id, Math.min(LOOK_EVERY_MS, leftMs));
      if (signals.isSent(tenant, id) || (await this.hasLeft(tenant, id))) return true;
    }
  }

  /** Messages may be lost. A record leaves the outbox only after the log has it. */
  private async hasLeft(tenant: string, id: string): Promise<boolean> {
    const key = outboxKey(tenant);
    try {
      const first = await this.options.connection.run((client) => client.xrange(key, '-', '+', 'COUNT', 1), key);
      return first[0] === undefined || isLater(first[0][0], id);
    } catch {
      return false;
    }
  }
}
