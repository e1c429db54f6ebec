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

const CONCURRENT_CALLERS = 200;

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

/** The resources of the lookup cache besides its entries. All of them must be released. */
function openResources(): Record<string, number> {
  const guard: StampedeGuard = app.app.get(StampedeGuard);
  const { leased } = guard as unknown as { leased: unknown };
  const { waiters, leases } = leased as { waiters: unknown; leases: LeaseRenewer };
  const { waiting } = waiters as { waiting: Map<string, unknown> };
  return {
    loads: guard.runningLoads,
    'keys with waiters': waiting.size,
    leases: leases.size,
    'in flight': app.app.get(InFlight).count,
  };
}

const NO_RESOURCES = { loads: 0, 'keys with waiters': 0, leases: 0, 'in flight': 0 };

/** The answers of a failing origin, and of an origin that is no longer called. */
const FAILURE_SOURCES = new Set(['degraded:origin_error', 'degraded:circuit_open', 'degraded:shed']);

async function askForKeys(keys: number): Promise<TimedAnswer[]> {
  const answers: TimedAnswer[] = [];
  for (let from = 0; from < keys; from += CONCURRENT_CALLERS) {
    answers.push(
      ...(await callConcurrently(CONCURRENT_CALLERS, (index) =>
        lookUpCustomer(app.url, `1558${1_000_000 + from + index}`),
      )),
    );
  }
  return answers;
}

describe('many keys at a failing origin', () => {
  it.each([
    [400, 'this process', () => ''],
    [2000, 'Redis', () => sharedRedisUrl()],
  ])(
    'requests for %i keys of a failing origin leave no resource open, with entries in %s',
    async (keys, _where, url) => {
      app = await startApp(declaration(origin.url, { system: { timeoutMs: 30_000 } }), {
        REDIS_URL: url(),
        REDIS_TIMEOUT_MS: '1000',
        DEADLINE_MS: '30000',
      });
      const answers = await askForKeys(keys);

      // The numbers of calls before the circuit opened and of shed calls vary.
      const counts = countOutcomes(answers) as Readonly<Record<string, number>>;
      expect(counts['degraded:origin_error']).toBeGreaterThan(0);
      expect(Object.keys(counts).filter((word) => !FAILURE_SOURCES.has(word))).toEqual([]);
      expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(keys);
      await eventually(() => expect(openResources()).toEqual(NO_RESOURCES));
    },
    180_000,
  );

  it('callers that wait for one load leave no resource open if their deadline comes first', async () => {
    origin.hang();
    const yaml = declaration(origin.url, { system: { timeoutMs: 10_000 } });
    app = await startApp(yaml, { REDIS_URL: sharedRedisUrl(), REDIS_TIMEOUT_MS: '1000', DEADLINE_MS: '300' });
    const answers = await callConcurrently(CONCURRENT_CALLERS, (index) =>
      lookUpCustomer(app.url, `1559${1_000_000 + (index % 50)}`),
    );

    expect(countOutcomes(answers)).toEqual({ 'degraded:origin_timeout': CONCURRENT_CALLERS });
    expect(openResources().loads).toBeGreaterThan(0);
    await eventually(() => expect(openResources()).toEqual(NO_RESOURCES), { withinMs: 30_000 });
  });
});
