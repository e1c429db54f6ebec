import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { startDatadip, type DatadipProcess } from '../support/datadip-process.js';
import { ADA, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import type { OpenHandles } from '../support/open-handles.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedisCluster, type TestCluster, type TestRedis } from '../support/redis-server.js';
import { lookUpCustomer, callConcurrently, report, countOutcomes, type TimedAnswer } from './parts/callers.js';
import { customerKey, openObserver, HEALTHY_STORE_ENV } from './parts/entries.js';
import { currentHandles, untilHandlesClosed } from './parts/open-handles.js';

const KEYS = Array.from({ length: 50 }, (_, index) => `1555300${100 + index}`);
const CALLERS_PER_KEY = 100;
/** The number of keys per round, limited because each caller needs a local port. */
const KEYS_PER_ROUND = 5;
const DEADLINE_MS = 20_000;

let before: OpenHandles;
let cluster: TestCluster;
let observers: Redis[];
let origin: ScriptedOrigin;
let datadip: DatadipProcess | undefined;
let dead: TestRedis | undefined;

beforeAll(async () => {
  before = currentHandles();
  cluster = await startRedisCluster();
  observers = cluster.urls.map((url) => openObserver(url));
  // The other nodes must stay available, because the test is about Datadip and not about the policy
  // of the cluster.
  for (const observer of observers) await observer.config('SET', 'cluster-require-full-coverage', 'no');
});
afterAll(async () => {
  for (const observer of observers) observer.disconnect();
  await cluster.stop();
  await untilHandlesClosed(before);
});
beforeEach(async () => {
  // Each key has a separate customer, because the number of entries per customer is limited.
  origin = await startOrigin(({ url }) => ({ results: [{ ...ADA, id: url }] }));
});
afterEach(async () => {
  await datadip?.stop();
  await origin.stop();
  await dead?.restart();
  dead = undefined;
  await untilAllSlotsServed();
});

async function start(env: Record<string, string>): Promise<void> {
  const all = { REDIS_URL: cluster.urls.join(','), DEADLINE_MS: `${DEADLINE_MS}`, ...env };
  datadip = await startDatadip({ yaml: declaration(origin.url), env: all });
}

function urlOf(): string {
  return datadip?.url ?? '';
}

/** The nodes have equal thirds of the slots, in the order of the nodes. */
async function nodeOf(key: string): Promise<number> {
  const slot = await observers[0]?.cluster('KEYSLOT', key);
  return Math.floor((Number(slot) * cluster.nodes.length) / 16_384);
}

async function untilAllSlotsServed(): Promise<void> {
  await eventually(
    async () => {
      for (const observer of observers) expect(await observer.cluster('INFO')).toContain('cluster_slots_ok:16384');
    },
    { withinMs: 45_000 },
  );
}

async function askAll(keys: readonly string[]): Promise<TimedAnswer[]> {
  const answers: TimedAnswer[] = [];
  for (const ani of keys) answers.push(await lookUpCustomer(urlOf(), ani));
  return answers;
}

describe('a Redis cluster', () => {
  it('on a cluster, concurrent callers of 50 keys cause 50 calls, and all nodes store entries', async () => {
    await start(HEALTHY_STORE_ENV);
    for (let from = 0; from < KEYS.length; from += KEYS_PER_ROUND) {
      const hold = origin.hold();
      const pending = callConcurrently(KEYS_PER_ROUND * CALLERS_PER_KEY, (index) =>
        lookUpCustomer(urlOf(), KEYS[from + (index % KEYS_PER_ROUND)] ?? ''),
      );
      await hold.arrived(KEYS_PER_ROUND);
      hold.open();
      const { 'origin:': fromOrigin = 0, 'cache:': fromCache = 0, ...rest } = countOutcomes(await pending);
      expect(rest).toEqual({});
      expect(fromOrigin + fromCache).toBe(KEYS_PER_ROUND * CALLERS_PER_KEY);
    }

    expect(origin.count).toBe(KEYS.length);
    const sizes = await Promise.all(observers.map(async (observer) => (await observer.keys('cust:*')).length));
    report('entries on the nodes', { first: sizes[0] ?? 0, second: sizes[1] ?? 0, third: sizes[2] ?? 0 });
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(KEYS.length);
  });

  it.each([
    ['a node', (home: number) => (home + 1) % 3],
    ['the node that lists the customers of the tenant', (home: number) => home],
  ])('on a cluster, the loss of %s affects only the entries of that node', async (_node, choose) => {
    await start({ ...HEALTHY_STORE_ENV, REDIS_TIMEOUT_MS: '500' });
    const lostNode = choose(await nodeOf('{10001}'));
    const nodes = await Promise.all(KEYS.map((ani) => nodeOf(customerKey(ani))));
    const lost = KEYS.filter((_, index) => nodes[index] === lostNode);
    const safe = KEYS.filter((_, index) => nodes[index] !== lostNode);
    await eventually(async () => expect(countOutcomes(await askAll(KEYS))).toEqual({ 'cache:': KEYS.length }));

    dead = cluster.nodes[lostNode];
    await dead?.kill();
    const rounds: TimedAnswer[][] = [];
    for (let round = 0; round < 2; round += 1) rounds.push(await askAll(lost), await askAll(safe));
    const [lostFirst = [], safeFirst = [], lostLater = [], safeLater = []] = rounds;

    report('longest with a dead node, ms', {
      'its keys': Math.max(...[...lostFirst, ...lostLater].map(({ elapsedMs }) => elapsedMs)),
      'other keys': Math.max(...[...safeFirst, ...safeLater].map(({ elapsedMs }) => elapsedMs)),
    });
    expect(countOutcomes([...lostFirst, ...lostLater])).toEqual({ 'origin:': 2 * lost.length });
    expect(countOutcomes([...safeFirst, ...safeLater])).toEqual({ 'cache:': 2 * safe.length });
  });
});
