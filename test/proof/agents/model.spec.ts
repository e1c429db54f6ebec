import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentReport, StatePart, Availability } from '../../../src/contracts/agent-report.js';
import type { AgentStore } from '../../../src/modules/agent-state/store/agent-store.js';
import { MemoryAgentStore } from '../../../src/modules/agent-state/store/memory-agent-store.js';
import { openAgentStores, regionAlone } from '../../support/agent-stores.js';
import { ManualClock } from '../../support/manual-clock.js';
import { sharedRedisUrl } from '../../support/redis-store.js';
import { Lockstep, steps } from './lockstep.js';
import { Model } from './model.js';

const TERMS = { claimTtlMs: 100, holdMs: 400, agentTtlMs: 1000 };
/**
 * The test cannot move the clock of a Redis server: with these terms no lock expires during the
 * test.
 */
const LONG = { claimTtlMs: 600_000, holdMs: 600_000, agentTtlMs: 600_000 };
const START_MS = Date.UTC(2026, 10, 21);

let redis: Awaited<ReturnType<typeof openAgentStores>>;
beforeAll(async () => {
  redis = await openAgentStores([sharedRedisUrl()]);
});
afterAll(() => redis.close());

it('the in-process store agrees with the model while locks expire and agents become stale', async () => {
  await fc.assert(
    fc.asyncProperty(steps(150), async (stepList) => {
      const clock = new ManualClock(START_MS);
      const pass = (ms: number): Promise<void> => {
        clock.advance(ms);
        return Promise.resolve();
      };
      const model = new Model(TERMS, () => clock.nowMs());
      await new Lockstep(new MemoryAgentStore(clock, TERMS, regionAlone()), model, { pass, epochMs: START_MS }).runAll(
        stepList,
      );
    }),
    { numRuns: 200 },
  );
}, 120_000);

it.each([
  ['', 0, 40],
  [' behind 70 agents without skills', 70, 30],
])(
  'the Redis store agrees with the model%s',
  async (_place, fillers, numRuns) => {
    await fc.assert(
      fc.asyncProperty(steps(0), async (stepList) => {
        const model = new Model(LONG, () => Date.now());
        // The store orders two releases in one millisecond by agent id, not by time.
        const pass = (ms: number): Promise<void> => sleep(ms);
        const lockstep = new Lockstep(redis.open(LONG), model, { pass, epochMs: Date.now() - 1000 });
        await lockstep.runAll(stepList, fillers);
      }),
      { numRuns },
    );
  },
  120_000,
);

interface ReportEvent {
  readonly parts: readonly StatePart[];
  readonly availability: Availability;
  readonly agoMs: number;
  readonly region: string;
  readonly call: string | undefined;
}

const reportEvent: fc.Arbitrary<ReportEvent> = fc.record({
  parts: fc.subarray<StatePart>(['presence', 'routing', 'work'], { minLength: 1 }),
  availability: fc.constantFrom<Availability>('free', 'busy', 'off'),
  agoMs: fc.nat(4),
  region: fc.constantFrom('eu', 'us'),
  call: fc.option(fc.constantFrom('', 'k', 'l'), { nil: undefined }),
});
/** Events, and two delivery orders that contain each event at least once. */
const twoOrders = fc.array(reportEvent, { minLength: 1, maxLength: 6 }).chain((events) => {
  const numbers = events.map((_, index) => index);
  const order = fc
    .tuple(
      fc.shuffledSubarray(numbers, { minLength: numbers.length }),
      fc.array(fc.constantFrom(...numbers), { maxLength: 4 }),
    )
    .map(([firstDeliveries, repetitions]) => [...firstDeliveries, ...repetitions]);
  return fc.tuple(fc.constant(events), order, order);
});

function reportOf(
  { parts, availability, agoMs, region, call }: ReportEvent,
  tenant: string,
  eventHash: string,
  nowMs: number,
): AgentReport {
  const atMs = nowMs - agoMs;
  const findings = Object.fromEntries(parts.map((part) => [part, { atMs, availability, raw: availability }]));
  const report = { tenant, agentId: 'a', eventHash, platform: 'genesys' as const, region, parts: findings };
  return call === undefined ? report : { ...report, call: { atMs, callId: call } };
}

async function stateAfter(store: AgentStore, events: readonly ReportEvent[], order: readonly number[], nowMs: number) {
  const tenant = randomUUID();
  for (const index of order) {
    const event = events[index];
    if (event !== undefined) await store.applyReport(reportOf(event, tenant, `event-${index}`, nowMs));
  }
  return store.read(tenant, 'a');
}

it.each([
  ['in process', () => new MemoryAgentStore(new ManualClock(START_MS), LONG, regionAlone()), () => START_MS, 300],
  ['in Redis', () => redis.open(LONG), () => Date.now(), 50],
])(
  'the agent store %s reaches the same state from the same events in any order and with repetitions',
  async (_location, open, now, numRuns) => {
    const store = open();
    await fc.assert(
      fc.asyncProperty(twoOrders, async ([events, firstOrder, secondOrder]) => {
        const nowMs = now();
        const [first, second] = [
          await stateAfter(store, events, firstOrder, nowMs),
          await stateAfter(store, events, secondOrder, nowMs),
        ];
        expect(second).toEqual(first);
        expect(first).toBeDefined();
      }),
      { numRuns },
    );
  },
  120_000,
);
