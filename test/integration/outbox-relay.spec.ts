import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { WallClock } from '../../src/kernel/clock.js';
import type { RecordToAppend } from '../../src/messaging/log/event-log.js';
import { MemoryEventLog } from '../../src/messaging/log/memory-event-log.js';
import { MemoryLog } from '../../src/messaging/log/memory-log.js';
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

  const open = async (options: Parameters<typeof openOutbox>[2] = {}): Promise<OutboxProcess> => {
    const process = await openOutbox(urls, log, { region, ...options });
    opened.push(process);
    return process;
  };
  const sender = async (options: Parameters<typeof openOutbox>[2] = {}): Promise<OutboxProcess> => {
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

  it('raises the alarm when an outbox is 80 % full', async () => {
    const fills: number[] = [];
    const process = await open({ onPatrol: (fill) => fills.push(fill.fullest(Date.now())) });
    log.cut();
    const key = `outbox:{${tenant}}`;
    await process.storeSilently(tenant, record(tenant, 'first'));
    const others = 0.8 * MAX_OUTBOX_RECORDS - 1;
    const fillUp = `for n = 1, ${others} do redis.call('XADD', KEYS[1], '*', 'r', 'x') end return 1`;
    await process.connection.runWithin(10_000, (client) => client.eval(fillUp, 1, key), key);
    process.relay.open();
    await eventually(() => expect(Math.max(...fills)).toBeCloseTo(0.8, 3));
    expect(process.relay.fill.isAlarming(Date.now())).toBe(true);
    expect(process.relay.fill.events).toBe(0.8 * MAX_OUTBOX_RECORDS);
  });
});
