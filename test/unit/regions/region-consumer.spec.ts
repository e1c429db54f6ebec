import { beforeEach, describe, expect, it } from '@jest/globals';
import { SystemClock } from '../../../src/kernel/clock.js';
import { StoreUnavailable } from '../../../src/kernel/errors.js';
import { BusMetrics } from '../../../src/messaging/bus.metrics.js';
import type { LogPartition, LogRecord } from '../../../src/messaging/log/event-log.js';
import { MetricsRegistry } from '../../../src/platform/metrics/metrics-registry.js';
import { MemoryHeardStore } from '../../../src/regions/internal/memory-heard-store.js';
import type { ReadRecord } from '../../../src/regions/internal/read-record.js';
import { RegionConsumer } from '../../../src/regions/internal/region-consumer.js';
import { SkippedLog } from '../../../src/regions/internal/skipped-log.js';
import { eventually } from '../../support/eventually.js';
import { Gate } from '../../support/gate.js';

const AT: LogPartition = { topic: 'customer.updated', partition: 0 };
const HASH = 'ab'.repeat(32);
const START_MS = 1_700_000_000_000;

describe('RegionConsumer', () => {
  let nowMs: number;
  let store: MemoryHeardStore;
  let consumer: RegionConsumer;
  let makeConsumer: () => RegionConsumer;
  let applied: string[];
  let fail: ((record: ReadRecord) => Error | undefined) | undefined;
  let hold: ((record: ReadRecord) => Promise<void> | undefined) | undefined;
  let offset: bigint;
  let identity: string;
  beforeEach(async () => {
    nowMs = START_MS;
    offset = -1n;
    applied = [];
    fail = undefined;
    hold = undefined;
    store = new MemoryHeardStore({ nowMs: () => nowMs });
    ({ store: identity } = await store.beginHeartbeat());
    await store.declare([AT], 0);
    const log = { warn: () => undefined, error: () => undefined };
    makeConsumer = () =>
      new RegionConsumer({
        ...{ region: 'eu', key: 'k', store },
        moment: () => undefined,
        effects: { apply: (record, again) => effect(record, again) },
        metrics: new BusMetrics(new MetricsRegistry()),
        skipped: new SkippedLog(new SystemClock(), log),
        onGap: () => undefined,
        onApplied: () => undefined,
      });
    consumer = makeConsumer();
  });

  async function effect(read: ReadRecord, again: boolean): Promise<'applied' | 'own'> {
    const error = fail?.(read);
    if (error !== undefined) throw error;
    await hold?.(read);
    // A later record of the same key must wait for this one.
    await new Promise((resolve) => setImmediate(resolve));
    if (read.kind === 'customer') applied.push(`${read.value.id.slice(0, 2)}${again ? ' again' : ''}`);
    return 'applied';
  }
  const record = (key: string, value: unknown): LogRecord => {
    offset += 1n;
    return { ...AT, offset, key, value: JSON.stringify(value) };
  };
  const event = (id: string, key = 'k'): LogRecord =>
    record(key, {
      ...{ schema: 1, type: 'customer.updated', id: id.repeat(32), region: 'us', tenant: 't' },
      ...{ customers: [HASH], entryKeys: [], critical: false },
    });
  const beat = (ageMs = 0, more: Readonly<Record<string, unknown>> = {}): LogRecord =>
    record('heartbeat:eu', {
      ...{ schema: 1, type: 'region.heartbeat', region: 'eu', sentMs: nowMs - ageMs, store: identity, key: 'k' },
      homes: '0',
      ...more,
    });
  const heard = async (): Promise<number> => (await store.read()).table.ownMs(AT);

  it('applies the records of a key in their order', async () => {
    await consumer.apply(AT, [event('aa'), event('bb'), event('cc'), event('dd')]);
    expect(applied).toEqual(['aa', 'bb', 'cc', 'dd']);
  });

  it('notes no heartbeat of a batch in which a record could not be applied', async () => {
    fail = () => new StoreUnavailable('away');
    consumer.close();
    await expect(consumer.apply(AT, [event('aa'), beat()])).rejects.toThrow(StoreUnavailable);
    expect(await heard()).toBe(0);
    fail = undefined;
    await consumer.apply(AT, [beat()]);
    expect(await heard()).toBe(nowMs);
  });

  it('notes the heartbeats of a batch after its own effects, while an earlier batch ends', async () => {
    const gates = { aa: new Gate(), bb: new Gate() };
    const begun: string[] = [];
    hold = (read) => {
      const id = read.kind === 'customer' ? read.value.id.slice(0, 2) : '';
      begun.push(id);
      return gates[id as keyof typeof gates].wait();
    };
    const earlier = consumer.apply(AT, [event('aa')]);
    await eventually(() => expect(begun).toEqual(['aa']));
    const later = consumer.apply(AT, [event('bb'), beat()]);
    await eventually(() => expect(begun).toEqual(['aa', 'bb']));
    gates.aa.open();
    await earlier;
    expect(await heard()).toBe(0);
    gates.bb.open();
    await later;
    expect(await heard()).toBe(nowMs);
  });

  it('skips a record that fails for another reason, and relies on nothing', async () => {
    fail = (read) => (read.kind === 'customer' && read.value.id.startsWith('aa') ? new TypeError('fault') : undefined);
    await consumer.apply(AT, [event('aa'), event('bb'), beat()]);
    expect(applied).toEqual(['bb']);
    expect((await store.read()).table.fields.get('doubt-reason')).toBe('unreadable');
  });

  it('applies records again after a loss, until a heartbeat that is later than the loss', async () => {
    await consumer.apply(AT, [event('aa'), beat()]);
    nowMs += 5000;
    await consumer.storeLostData({ lostMs: Infinity, intactMs: 0 });
    await consumer.apply(AT, [event('bb'), beat(6000), event('cc'), beat(-1000)]);
    nowMs += 2000;
    await consumer.apply(AT, [beat(), event('dd')]);
    await consumer.apply(AT, [event('ee')]);
    expect(applied).toEqual(['aa', 'bb again', 'cc again', 'dd', 'ee']);
  });

  it('applies records again in a process that starts after the loss', async () => {
    await consumer.apply(AT, [beat()]);
    nowMs += 5000;
    await consumer.storeLostData({ lostMs: Infinity, intactMs: 0 });
    consumer.close();
    const next = makeConsumer();
    await next.apply(AT, [event('aa'), beat(6000), event('bb'), beat(-1000)]);
    nowMs += 2000;
    await next.apply(AT, [beat(), event('cc')]);
    expect(applied).toEqual(['aa again', 'bb again', 'cc']);
  });

  it('counts a heartbeat of another region from the own heartbeat before it', async () => {
    const at: LogPartition = { topic: 'agent.status.change', partition: 0 };
    await store.declare([at], 0);
    const ofUs = (): LogRecord => beat(0, { region: 'us', store: 's', sentMs: 1 });
    await consumer.apply(at, [ofUs()]);
    const region = async () => {
      const bounds = { region: 'eu', peers: [], silentAfterMs: 30_000, invalidatedWithinMs: 10_000, skewMs: 0 };
      return (await store.read()).table.view({ ...bounds, nowMs }).regions[0];
    };
    expect(await region()).toMatchObject({ name: 'us', heardMs: 0, isSilent: true });
    await consumer.apply(at, [beat(700), ofUs()]);
    expect(await region()).toMatchObject({ heardMs: nowMs - 700, isSilent: false });
  });

  it('says whether the region has read a partition before', async () => {
    expect(await consumer.hasRead(AT)).toBe(false);
    await consumer.apply(AT, [beat()]);
    expect(await consumer.hasRead(AT)).toBe(true);
  });
});
