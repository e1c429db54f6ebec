import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LeaseRenewer } from '../../src/cache/internal/lease-renewer.js';
import { StampedeGuard } from '../../src/cache/stampede-guard.js';
import { InFlight } from '../../src/platform/lifecycle/in-flight.js';
import { startApp, type TestApp } from '../support/app.js';
import { declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { sharedRedisUrl } from '../support/redis-store.js';
import { lookUpCustomer, callConcurrently, countOutcomes, type TimedAnswer } from './parts/callers.js';

const AT_ONCE = 200;

let origin: ScriptedOrigin;
let app: TestApp;

beforeEach(async () => {
  origin = await startOrigin();
  origin.fail(503);
});
afterEach(async () => {
  await app.stop();
  await origin.stop();
});

/** What the lookup cache holds besides the entries. It cannot be seen from outside, and all of it must be released. */
function held(): Record<string, number> {
  const guard: StampedeGuard = app.app.get(StampedeGuard);
  const { leased } = guard as unknown as { leased: unknown };
  const { waiters, leases } = leased as { waiters: unknown; leases: LeaseRenewer };
  const { waiting } = waiters as { waiting: Map<string, unknown> };
  return {
    flights: guard.runningLoads,
    'keys waited for': waiting.size,
    leases: leases.size,
    'in flight': app.app.get(InFlight).count,
  };
}

const NOTHING = { flights: 0, 'keys waited for': 0, leases: 0, 'in flight': 0 };

/** What a caller is told of an origin that fails, and of one that is no longer asked for that reason. */
const FAILED = new Set(['degraded:origin_error', 'degraded:circuit_open', 'degraded:shed']);

async function storm(keys: number): Promise<TimedAnswer[]> {
  const answers: TimedAnswer[] = [];
  for (let from = 0; from < keys; from += AT_ONCE) {
    answers.push(
      ...(await callConcurrently(AT_ONCE, (index) => lookUpCustomer(app.url, `1558${1_000_000 + from + index}`))),
    );
  }
  return answers;
}

describe('a storm of keys at an origin that fails', () => {
  it.each([
    [400, 'this process', () => ''],
    [2000, 'Redis', () => sharedRedisUrl()],
  ])(
    'leaves nothing behind (%i keys, entries in %s)',
    async (keys, _where, url) => {
      app = await startApp(declaration(origin.url, { system: { timeoutMs: 30_000 } }), {
        REDIS_URL: url(),
        REDIS_TIMEOUT_MS: '1000',
        DEADLINE_MS: '30000',
      });
      const answers = await storm(keys);

      // How many were asked for before the circuit opened, and how many found no room, is a matter of chance.
      const counts = countOutcomes(answers) as Readonly<Record<string, number>>;
      expect(counts['degraded:origin_error']).toBeGreaterThan(0);
      expect(Object.keys(counts).filter((word) => !FAILED.has(word))).toEqual([]);
      expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(keys);
      await eventually(() => expect(held()).toEqual(NOTHING));
    },
    180_000,
  );

  it('leaves nothing behind when callers wait for each other and their deadline comes first', async () => {
    origin.hang();
    const yaml = declaration(origin.url, { system: { timeoutMs: 10_000 } });
    app = await startApp(yaml, { REDIS_URL: sharedRedisUrl(), REDIS_TIMEOUT_MS: '1000', DEADLINE_MS: '300' });
    const answers = await callConcurrently(AT_ONCE, (index) =>
      lookUpCustomer(app.url, `1559${1_000_000 + (index % 50)}`),
    );

    expect(countOutcomes(answers)).toEqual({ 'degraded:origin_timeout': AT_ONCE });
    expect(held().flights).toBeGreaterThan(0);
    await eventually(() => expect(held()).toEqual(NOTHING), { withinMs: 30_000 });
  });
});
