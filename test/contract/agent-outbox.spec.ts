import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { wholeState, type AgentReport, type Availability } from '../../src/contracts/agent-report.js';
import { ValueCipher } from '../../src/kernel/value-cipher.js';
import { MemoryEventLog } from '../../src/messaging/log/memory-event-log.js';
import { MemoryLog } from '../../src/messaging/log/memory-log.js';
import type { AgentStatusChange, CallEnded } from '../../src/messaging/log/log-values.js';
import { AgentRecords } from '../../src/modules/agent-state/store/agent-records.js';
import { RedisAgentStore } from '../../src/modules/agent-state/store/redis-agent-store.js';
import { openOutbox, type OutboxProcess } from '../support/outbox.js';
import { startRedis, startRedisCluster, type TestCluster, type TestRedis } from '../support/redis-server.js';
import { valueKey } from '../support/value-key.js';
import { regionAlone } from '../support/agent-stores.js';

const cipher = ValueCipher.forKeys([valueKey('k')]);
const OPTIONS = { claimTtlMs: 10_000, holdMs: 600_000, agentTtlMs: 600_000 };

describe.each(['standalone', 'cluster'] as const)('events of agents for other regions, on a %s', (kind) => {
  let server: TestRedis | undefined;
  let cluster: TestCluster | undefined;
  let region: OutboxProcess;
  let store: RedisAgentStore;
  /** Another region with the same Redis: its tenant has another name. */
  let other: RedisAgentStore;
  let tenant: string;

  beforeAll(async () => {
    if (kind === 'standalone') server = await startRedis();
    else cluster = await startRedisCluster();
    const urls = cluster?.urls ?? [server?.url ?? ''];
    region = await openOutbox(urls, new MemoryEventLog(new MemoryLog(), 'eu'));
    store = new RedisAgentStore(
      region.connection,
      OPTIONS,
      regionAlone(),
      cipher,
      new AgentRecords(region.outbox, 'eu'),
    );
    other = new RedisAgentStore(
      region.connection,
      OPTIONS,
      regionAlone(),
      cipher,
      new AgentRecords(region.outbox, 'us'),
    );
  });
  beforeEach(() => {
    tenant = randomUUID();
  });
  afterAll(async () => {
    await region.close();
    await server?.stop();
    await cluster?.stop();
  });

  const records = async <T>(): Promise<T[]> =>
    (await region.reader.head(tenant, 100)).map(({ record }) => JSON.parse(record?.value ?? '') as T);
  const reportOf = (availability: Availability, atMs: number, more: Partial<AgentReport> = {}): AgentReport => ({
    ...{ tenant, agentId: 'a', platform: 'genesys', region: 'eu', eventHash: undefined },
    parts: wholeState(availability, atMs, availability.toUpperCase()),
    ...more,
  });
  /** Applies the records of this region to the other one. */
  const travel = async (to: string): Promise<void> => {
    for (const { datadip } of await records<AgentStatusChange>()) {
      if (datadip === undefined) throw new Error('a record of another program');
      await other.applyReport({ ...datadip.report, tenant: to, agentId: 'a', eventHash: datadip.id }, 'log');
    }
  };

  it('stores a record of a report that changes something, and none of the same report again', async () => {
    const atMs = Date.now();
    const eventHash = randomUUID();
    expect(await store.applyReport(reportOf('free', atMs, { eventHash }))).toMatchObject({ mark: eventHash });
    await store.applyReport(reportOf('free', atMs));
    await store.applyReport(reportOf('busy', atMs - 1000));
    const [record, ...more] = await records<AgentStatusChange>();
    expect(more).toEqual([]);
    expect(record).toMatchObject({
      event_id: eventHash,
      agent_id: 'a',
      tenant_id: tenant,
      timestamp: atMs,
      status: 'FREE',
    });
    expect(record?.datadip).toMatchObject({ id: eventHash, region: 'eu', report: { platform: 'genesys' } });
  });

  it('stores a record of an event that is older than the state or repeats it, and gives its mark', async () => {
    const atMs = Date.now();
    const [first, older, same] = [randomUUID(), randomUUID(), randomUUID()];
    await store.applyReport(reportOf('free', atMs, { eventHash: first }));
    expect(await store.applyReport(reportOf('busy', 1000, { eventHash: older }))).toEqual({
      ...{ outcome: 'older', clamped: false, changed: false, mark: older },
    });
    expect(await store.applyReport(reportOf('free', atMs, { eventHash: same }))).toMatchObject({ mark: same });
    expect((await records<AgentStatusChange>()).map(({ event_id: id }) => id)).toEqual([first, older, same]);
    const repeated = await store.applyReport(reportOf('busy', 1000, { eventHash: older }));
    expect(repeated).toEqual({ outcome: 'duplicate', clamped: false, changed: false, mark: older });

    await travel(tenant);
    expect(await other.read(tenant, 'a')).toMatchObject({ status: 'AVAILABLE', lastUpdated: atMs });
  });

  it('stores nothing of a report from the log', async () => {
    expect(await store.applyReport(reportOf('free', Date.now(), { eventHash: 'e' }), 'log')).not.toHaveProperty('mark');
    expect(await records()).toEqual([]);
    expect(await store.read(tenant, 'a')).toMatchObject({ status: 'AVAILABLE' });
  });

  it('gives other regions the time of this region instead of a time in the future', async () => {
    const aheadMs = Date.now() + 7_200_000;
    const beforeMs = Date.now();
    expect(await store.applyReport(reportOf('free', aheadMs))).toMatchObject({ clamped: true, outcome: 'applied' });
    const [record] = await records<AgentStatusChange>();
    expect(record?.timestamp).toBeGreaterThanOrEqual(beforeMs - 1000);
    expect(record?.timestamp).toBeLessThanOrEqual(Date.now() + 1000);
    const to = randomUUID();
    await travel(to);
    expect((await other.read(to, 'a'))?.lastUpdated).toBe((await store.read(tenant, 'a'))?.lastUpdated);
  });

  it('ends in the same state elsewhere after a directory replaces a stale state', async () => {
    const atMs = Date.now() - 10_000;
    await store.applyReport(reportOf('busy', atMs));
    const strict = new RedisAgentStore(
      region.connection,
      { ...OPTIONS, agentTtlMs: 0 },
      regionAlone(),
      cipher,
      new AgentRecords(region.outbox, 'eu'),
    );
    await strict.applyReport(reportOf('free', atMs - 5000, { fromDirectory: true }));
    const to = randomUUID();
    await travel(to);
    const here = await store.read(tenant, 'a');
    expect(here?.status).toBe('AVAILABLE');
    expect(await other.read(to, 'a')).toEqual(here);
  });

  it('stores the call id in its sealed form, which opens in another region', async () => {
    await store.applyReport(reportOf('busy', Date.now(), { call: { atMs: Date.now(), callId: '+15551234567' } }));
    const [record] = await records<AgentStatusChange>();
    expect(JSON.stringify(record)).not.toContain('5551234567');
    await region.connection.run((client) => client.del(`agent:{${tenant}}:a`), `agent:{${tenant}}:a`);
    if (record?.datadip === undefined) throw new Error('no record');
    await other.applyReport({ ...record.datadip.report, tenant, agentId: 'a', eventHash: undefined }, 'log');
    expect((await other.read(tenant, 'a'))?.currentCallId).toBe('+15551234567');
  });

  it('sends an absence on the second reading, and the return', async () => {
    await store.applyReport(reportOf('free', Date.now()));
    await store.markAbsent(tenant, 'a', Date.now() + 10_000);
    expect(await records()).toHaveLength(1);
    expect(await store.markAbsent(tenant, 'a', Date.now() + 20_000)).toBe(true);
    const [, gone] = await records<AgentStatusChange>();
    expect(gone).toMatchObject({ status: 'OFFLINE', datadip: { report: { gone: true } } });
    const to = randomUUID();
    await travel(to);
    expect(await other.read(to, 'a')).toMatchObject({ status: 'OFFLINE', platformStatus: 'GONE' });
    await store.applyReport(reportOf('free', Date.now() - 60_000, { fromDirectory: true }));
    await travel(to);
    expect(await other.read(to, 'a')).toMatchObject({ status: 'AVAILABLE' });
  });

  it('sends the end of a call although its lock is in another region, and once', async () => {
    const call = { tenant, callHash: 'c-hash', eventHash: 'e-hash', agentId: 'a' };
    expect(await store.endCall(call)).toBe('none');
    expect(await store.endCall(call)).toBe('duplicate');
    expect(await store.endCall({ ...call, eventHash: 'from-the-log' }, 'log')).toBe('none');
    const sent = await records<CallEnded>();
    expect(sent).toMatchObject([{ type: 'call.ended', id: 'e-hash', region: 'eu', callHash: 'c-hash', agentId: 'a' }]);
  });

  it('refuses a report that changes something while the outbox is full, and takes another', async () => {
    const atMs = Date.now();
    await store.applyReport(reportOf('free', atMs));
    const key = `outbox:{${tenant}}`;
    const fillUp = `for n = 1, 99999 do redis.call('XADD', KEYS[1], '*', 'r', 'x') end return 1`;
    await region.connection.runWithin(10_000, (client) => client.eval(fillUp, 1, key), key);
    await expect(store.applyReport(reportOf('busy', atMs + 1))).rejects.toMatchObject({
      code: 'outbox_full',
      status: 503,
    });
    await expect(store.endCall({ tenant, callHash: 'c', eventHash: 'e' })).rejects.toMatchObject({
      code: 'outbox_full',
    });
    await expect(store.applyReport(reportOf('free', atMs))).resolves.toMatchObject({ outcome: 'applied' });
    expect(await store.read(tenant, 'a')).toMatchObject({ status: 'AVAILABLE' });
  });
});
