import { LRUCache } from 'lru-cache';
import { hash } from 'node:crypto';
import type { Clock } from '../../kernel/clock.js';
import type { RedisConnection } from '../../platform/redis/redis-connection.js';
import { redisScript } from '../../platform/redis/redis-script.js';
import type { SpanAttributes } from '../../platform/tracing/span.js';
import { inSpan } from '../../platform/tracing/spans.js';
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

/** Events of this process that are stored once while they wait: the last ones. */
const MAX_REMEMBERED = 10_000;

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
 * the records. An invalidation stores its records by a separate script. The invalidation is
 * acknowledged only when the log has its records.
 *
 * Guarantees: while the records of an event wait, this process adds the records of the same event
 * only once. The process remembers its last 10,000 events. So repetitions during an outage fill no
 * outbox.
 */
export class RedisOutbox extends Outbox {
  readonly isOn = true;
  /** The id of the last record of an event, by a hash of its records. */
  private readonly ids = new LRUCache<string, string>({ max: MAX_REMEMBERED });

  constructor(private readonly options: RedisOutboxOptions) {
    super();
    options.connection.define(PUT_RECORDS);
  }

  put(tenant: string, records: readonly RecordToAppend[], withinMs: number): Promise<string> {
    return inSpan({ name: 'bus put', kind: 'producer' }, () => this.putOnce(tenant, records, withinMs));
  }

  private async putOnce(tenant: string, records: readonly RecordToAppend[], withinMs: number): Promise<string> {
    const { keys, args } = await this.entryFor(tenant, records);
    if (keys.length === 0) return '';
    const event = hash('sha256', JSON.stringify([tenant, ...records.map(encodeRecord)]), 'base64url');
    const before = this.ids.get(event);
    if (before !== undefined && (await this.waits(tenant, before))) return before;
    const id = String(await this.options.connection.callWithin(withinMs, PUT_RECORDS, keys, args));
    if (id === '') throw outboxFull();
    this.ids.set(event, id);
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

  sent(tenant: string, id: string, withinMs: number): Promise<boolean> {
    return inSpan({ name: 'bus wait', kind: 'producer' }, () => this.untilSent(tenant, id, withinMs), outcomeOf);
  }

  private async untilSent(tenant: string, id: string, withinMs: number): Promise<boolean> {
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

  /** Redis is asked each time: it may have lost the record. */
  private async waits(tenant: string, id: string): Promise<boolean> {
    const key = outboxKey(tenant);
    const found = await this.options.connection.run((client) => client.xrange(key, id, id), key).catch(() => []);
    return found.length > 0;
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

function outcomeOf(isSent: boolean): SpanAttributes {
  return { 'datadip.outcome': isSent ? 'sent' : 'not_sent' };
}
