/** This file exceeds 220 lines because all tests of the relay share its servers. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { WallClock } from '../../src/kernel/clock.js';
import type { EventLog, RecordToAppend } from '../../src/messaging/log/event-log.js';
import { MemoryEventLog } from '../../src/messaging/log/memory-event-log.js';
import { MemoryLog } from '../../src/messaging/log/memory-log.js';
import { isAlarming, type FillReport } from '../../src/messaging/outbox/internal/outbox-fill.js';
import { encodeRecord } from '../../src/messaging/outbox/internal/outbox-record.js';
import { MAX_OUTBOX_AGE_MS, MAX_OUTBOX_RECORDS } from '../../src/messaging/outbox/outbox.js';
import { eventually } from '../support/eventually.js';
import { Gate } from '../support/gate.js';
import { openOutbox, type OutboxProcess } from '../support/outbox.js';
import { startRedis, startRedisCluster, type TestCluster, type TestRedis } from '../support/redis-server.js';

/** Keeps what was appended, batch by batch. */
class RecordingLog extends MemoryEventLog {
  readonly batches: (readonly RecordToAppend[])[] = [];
  /** Holds each append back. */
  gate: Gate | undefined;

  override async append(records: readonly RecordToAppend[]): Promise<void> {
    await this.gate?.wait();
    await super.append(records);
    this.batches.push(records);
  }

  get values(): string[] {
    return this.batches.flat().map(({ value }) => value);
  }
}

/** Checks the order of numbered records, and keeps none of them. */
class CountingLog extends MemoryEventLog {
  next = 0;
  isOrdered = true;
  mostHeap = 0;

  override append(records: readonly RecordToAppend[]): Promise<void> {
    for (const { value } of records) {
      const number = Number(value.slice(0, value.indexOf(' ')));
      this.isOrdered &&= number === this.next;
      this.next = number + 1;
    }
    if (this.next % 5000 < records.length) this.mostHeap = Math.max(this.mostHeap, heapUsed());
    return Promise.resolve();
  }
}

/** The bytes that are in use after a collection. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

class ShiftedWallClock extends WallClock {
  shiftMs = 0;

  nowMs(): number {
    return Date.now() + this.shiftMs;
  }
}

async function flush(url: string): Promise<void> {
  const client = new Redis(url);
  await client.flushall();
  client.disconnect();
}

const record = (tenant: string, value: string, key = 'a'): RecordToAppend => ({
  topic: 'agent.status.change',
  key: `${tenant}:${key}`,
  value,
});
const numbered = (tenant: string, count: number, from = 0): RecordToAppend[] =>
  Array.from({ length: count }, (_, at) => record(tenant, `${tenant} ${from + at}`));

describe.each(['standalone', 'cluster'] as const)('the relay of the outbox, on a %s', (kind) => {
  let server: TestRedis | undefined;
  let cluster: TestCluster | undefined;
  let urls: readonly string[];
  let log: RecordingLog;
  let tenant: string;
  let region: string;
  const opened: OutboxProcess[] = [];

  type Options = Parameters<typeof openOutbox>[2] & { readonly log?: EventLog };
  const open = async ({ log: own = log, ...options }: Options = {}): Promise<OutboxProcess> => {
    const process = await openOutbox(urls, own, { region, ...options });
    opened.push(process);
    return process;
  };
  const sender = async (options: Options = {}): Promise<OutboxProcess> => {
    const process = await open(options);
    process.relay.open();
    await eventually(() => expect(process.relay.isSender).toBe(true));
    return process;
  };

  beforeAll(async () => {
    if (kind === 'standalone') server = await startRedis({ args: ['--appendonly', 'yes'] });
    else cluster = await startRedisCluster();
    urls = cluster?.urls ?? [server?.url ?? ''];
  });
  beforeEach(() => {
    log = new RecordingLog(new MemoryLog(), 'test');
    tenant = randomUUID();
    region = randomUUID();
  });
  afterEach(async () => {
    log.gate?.open();
    await Promise.all(opened.splice(0).map((process) => process.close()));
    // The next sender would send what is left.
    await Promise.all(urls.map(flush));
  });
  afterAll(async () => {
    await server?.stop();
    await cluster?.stop();
  });

  it('sends the records of another process in their order, and empties the outbox', async () => {
    const [first, second] = [await sender(), await open()];
    const id = await second.store(tenant, numbered(tenant, 3));
    expect(await second.outbox.sent(tenant, id, 5000)).toBe(true);
    expect(log.values).toEqual(numbered(tenant, 3).map(({ value }) => value));
    await eventually(async () => expect(await first.reader.size(tenant)).toBe(0));
  });

  it('sends a record whose message was lost', async () => {
    const process = await sender();
    await process.storeSilently(tenant, record(tenant, 'silent'));
    await eventually(() => expect(log.values).toEqual(['silent']));
  });

  it('finds records that were stored before it became the sender', async () => {
    const before = await open();
    await before.storeSilently(tenant, record(tenant, 'before'));
    await sender();
    await eventually(() => expect(log.values).toEqual(['before']));
  });

  it('keeps records while the log is away, and sends them in their order afterwards', async () => {
    const process = await sender();
    log.cut();
    for (let at = 0; at < 5; at += 1) await process.store(tenant, numbered(tenant, 300, 300 * at));
    const last = await process.store(tenant, numbered(tenant, 1, 1500));
    expect(await process.outbox.sent(tenant, last, 50)).toBe(false);
    expect(await process.reader.size(tenant)).toBe(1501);
    log.heal();
    expect(await process.outbox.sent(tenant, last, 10_000)).toBe(true);
    expect(log.values).toEqual(numbered(tenant, 1501).map(({ value }) => value));
    expect(Math.max(...log.batches.map((batch) => batch.length))).toBe(500);
  });

  it('continues in another process when the sender ends, without a loss', async () => {
    const [first, second] = [await sender(), await open()];
    second.relay.open();
    log.gate = new Gate();
    const id = await second.store(tenant, numbered(tenant, 10));
    const closing = first.close();
    log.gate.open();
    await closing;
    const later = await second.store(tenant, numbered(tenant, 10, 10));
    expect(await second.outbox.sent(tenant, later, 10_000)).toBe(true);
    expect(await second.outbox.sent(tenant, id, 0)).toBe(true);
    expect([...new Set(log.values)]).toEqual(numbered(tenant, 20).map(({ value }) => value));
  });

  it('serves a small outbox next to a full one within a batch', async () => {
    const process = await sender();
    log.gate = new Gate();
    const full = randomUUID();
    await process.store(full, numbered(full, 1));
    for (let at = 0; at < 10; at += 1) await process.store(full, numbered(full, 300, 1 + 300 * at));
    await process.store(tenant, numbered(tenant, 1));
    log.gate.open();
    log.gate = undefined;
    await eventually(() => expect(log.values).toContain(`${tenant} 0`));
    const at = log.batches.findIndex((batch) => batch.some(({ key }) => key.startsWith(tenant)));
    expect(at).toBeLessThanOrEqual(2);
  });

  it('sends large records in batches that the log takes', async () => {
    const process = await sender();
    const values = Array.from({ length: 30 }, (_, at) => `${at} ${'x'.repeat(30_000)}`);
    const records = values.map((value) => record(tenant, value));
    for (const each of records) await process.storeSilently(tenant, each);
    process.outbox.stored(tenant);
    await eventually(() => expect(log.values).toEqual(values));
  });

  it('stores an event once that is repeated while it waits, and again after it was sent', async () => {
    const process = await sender();
    log.cut();
    const event = numbered(tenant, 2);
    const first = await process.store(tenant, event);
    const other = await process.store(tenant, numbered(tenant, 1, 2));
    for (let n = 0; n < 50; n += 1) expect(await process.store(tenant, event)).toBe(first);
    expect(other).not.toBe(first);
    expect(await process.reader.size(tenant)).toBe(3);
    log.heal();
    expect(await process.outbox.sent(tenant, other, 10_000)).toBe(true);
    const again = await process.store(tenant, event);
    expect(await process.outbox.sent(tenant, again, 10_000)).toBe(true);

    expect(log.values).toEqual([0, 1, 2, 0, 1].map((at) => `${tenant} ${at}`));
  });

  it('stores an event again that Redis has lost while it waited', async () => {
    const process = await sender();
    log.cut();
    await process.store(tenant, numbered(tenant, 1));
    const key = `outbox:{${tenant}}`;
    await process.connection.run((client) => client.del(key), key);
    const again = await process.store(tenant, numbered(tenant, 1));
    expect(await process.outbox.sent(tenant, again, 50)).toBe(false);
    log.heal();

    expect(await process.outbox.sent(tenant, again, 10_000)).toBe(true);
    expect(log.values).toEqual([`${tenant} 0`]);
  });

  it('refuses a record at the bound, and takes one when there is room', async () => {
    const process = await open();
    const entry = await process.outbox.entryFor(tenant, [record(tenant, 'x')]);
    const [count = 0, , ...rest] = entry.args;
    const limited = { ...entry, args: [count, 2, ...rest] };
    const put = async () =>
      process.connection.call({ name: 'putIntoOutbox', keys: 1, lua: '' }, entry.keys, limited.args);
    expect(await put()).not.toBe('');
    expect(await put()).not.toBe('');
    expect(await put()).toBe('');
    expect(await process.reader.size(tenant)).toBe(2);
  });

  it('drops a record that the log did not take for 7 days, and counts it', async () => {
    const wallClock = new ShiftedWallClock();
    let dropped = 0;
    const process = await open({ wallClock, onDropped: (records) => (dropped += records) });
    log.cut();
    await process.storeSilently(tenant, record(tenant, 'old'));
    wallClock.shiftMs = MAX_OUTBOX_AGE_MS + 1000;
    process.relay.open();
    await eventually(() => expect(dropped).toBe(1));
    log.heal();
    expect(await process.reader.size(tenant)).toBe(0);
    expect(log.values).toEqual([]);
  });

  it('drops no record younger than 7 days, and raises the alarm before', async () => {
    const wallClock = new ShiftedWallClock();
    const shares: number[] = [];
    let dropped = 0;
    const onFill = (report?: FillReport) => shares.push(report?.ageShare ?? 0);
    const process = await open({ wallClock, onFill, onDropped: (records) => (dropped += records) });
    log.cut();
    await process.storeSilently(tenant, record(tenant, 'old'));
    wallClock.shiftMs = 0.9 * MAX_OUTBOX_AGE_MS;
    process.relay.open();
    await eventually(() => expect(Math.max(...shares)).toBeCloseTo(0.9, 3));
    expect(isAlarming(process.relay.fill.report(wallClock.nowMs()))).toBe(true);
    expect(dropped).toBe(0);
    log.heal();
    await eventually(() => expect(log.values).toEqual(['old']));
  });

  it('shows the fill in a process that does not send', async () => {
    const reports: (FillReport | undefined)[] = [];
    const first = await sender();
    const second = await open({ onFill: (report, isSender) => isSender || reports.push(report) });
    log.cut();
    await first.store(tenant, numbered(tenant, 3));
    second.relay.open();
    await eventually(() => expect(reports.at(-1)?.events).toBe(3));
    log.heal();
    await eventually(() => expect(reports.at(-1)?.events).toBe(0));
  });

  // The number of records has nothing to do with the kind of Redis.
  if (kind === 'cluster') return;

  it('keeps an hour of events, and sends them in their order of each key', async () => {
    // The stream has the ids that it would have after an hour without the log.
    const process = await open();
    const key = `outbox:{${tenant}}`;
    await process.outbox.entryFor(tenant, [record(tenant, 'first')]);
    const startMs = Date.now() - 3_600_000;
    const expected = Array.from({ length: 3600 }, (_, at) => record(tenant, `${at}`, `agent-${at % 7}`));
    // The stream has the id of its creation, and takes no older ids.
    await process.connection.run((client) => client.del(key), key);
    const add = `for n = 1, #ARGV, 2 do redis.call('XADD', KEYS[1], ARGV[n], 'r', ARGV[n + 1]) end`;
    for (let at = 0; at < expected.length; at += 100) {
      const some = expected.slice(at, at + 100);
      const args = some.flatMap((each, n) => [`${startMs + 1000 * (at + n)}-0`, encodeRecord(each)]);
      await process.connection.run((client) => client.eval(add, 1, key, ...args), key);
    }
    process.relay.open();
    await eventually(() => expect(log.batches.flat()).toHaveLength(3600), { withinMs: 20_000 });
    expect(log.batches.flat()).toEqual(expected);
  });

  it('sends 50,000 records in their order, in bounded memory', async () => {
    const process = await open();
    const key = `outbox:{${tenant}}`;
    await process.outbox.entryFor(tenant, [record(tenant, 'first')]);
    const text = encodeRecord(record(tenant, `@${'x'.repeat(300)}`));
    const fillUp = `for n = ARGV[2], ARGV[2] + 999 do redis.call('XADD', KEYS[1], '*', 'r', (string.gsub(ARGV[1], '@', n .. ' '))) end`;
    for (let at = 0; at < 50_000; at += 1000)
      await process.connection.runWithin(10_000, (client) => client.eval(fillUp, 1, key, text, at), key);
    const counting = new CountingLog(new MemoryLog(), 'test');
    const drain = await open({ log: counting });
    const before = heapUsed();
    drain.relay.open();
    await eventually(() => expect(counting.next).toBe(50_000), { withinMs: 120_000 });
    expect(counting.isOrdered).toBe(true);
    // The records together have 16 MB. A batch has at most 256 KiB.
    expect(counting.mostHeap - before).toBeLessThan(8_000_000);
    await eventually(async () => expect(await drain.reader.size(tenant)).toBe(0));
  }, 180_000);

  it('raises the alarm when an outbox is 80 % full', async () => {
    const fills: number[] = [];
    const process = await open({ onFill: (report) => fills.push(report?.eventsShare ?? 0) });
    log.cut();
    const key = `outbox:{${tenant}}`;
    await process.storeSilently(tenant, record(tenant, 'first'));
    const others = 0.8 * MAX_OUTBOX_RECORDS - 1;
    const fillUp = `for n = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'r', 'x') end return 1`;
    for (let left = others; left > 0; left -= 5000)
      await process.connection.run((client) => client.eval(fillUp, 1, key, Math.min(5000, left)), key);
    process.relay.open();
    await eventually(() => expect(Math.max(...fills)).toBeCloseTo(0.8, 3));
    const report = process.relay.fill.report(Date.now());
    expect(isAlarming(report)).toBe(true);
    expect(report.events).toBe(0.8 * MAX_OUTBOX_RECORDS);
  });
});
