import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentReport, StatePart, Availability } from '../../../src/contracts/agent-report.js';
import type { AgentStore } from '../../../src/modules/agent-state/store/agent-store.js';
import { MemoryAgentStore } from '../../../src/modules/agent-state/store/memory-agent-store.js';
import { openAgentStores } from '../../support/agent-stores.js';
import { ManualClock } from '../../support/manual-clock.js';
import { sharedRedisUrl } from '../../support/redis-store.js';
import { Lockstep, steps } from './lockstep.js';
import { Model } from './model.js';

const TERMS = { claimTtlMs: 100, holdMs: 400, agentTtlMs: 1000 };
/** On a server time passes by itself: so slowly that nothing runs out. */
const LONG = { claimTtlMs: 600_000, holdMs: 600_000, agentTtlMs: 600_000 };
const START_MS = Date.UTC(2026, 10, 21);

let redis: Awaited<ReturnType<typeof openAgentStores>>;
beforeAll(async () => {
  redis = await openAgentStores([sharedRedisUrl()]);
});
afterAll(() => redis.close());

it('the in-process store does what the model says, while leases run out and agents go stale', async () => {
  await fc.assert(
    fc.asyncProperty(steps(150), async (todo) => {
      const clock = new ManualClock(START_MS);
      const pass = (ms: number): Promise<void> => {
        clock.advance(ms);
        return Promise.resolve();
      };
      const model = new Model(TERMS, () => clock.nowMs());
      await new Lockstep(new MemoryAgentStore(clock, TERMS), model, { pass, epochMs: START_MS }).all(todo);
    }),
    { numRuns: 200 },
  );
}, 120_000);

it('the Redis store does what the model says', async () => {
  await fc.assert(
    fc.asyncProperty(steps(0), async (todo) => {
      const model = new Model(LONG, () => Date.now());
      // Two releases in one millisecond would stand in line by name.
      const pass = (ms: number): Promise<void> => sleep(ms);
      await new Lockstep(redis.open(LONG), model, { pass, epochMs: Date.now() - 1000 }).all(todo);
    }),
    { numRuns: 30 },
  );
}, 120_000);

interface Said {
  readonly parts: readonly StatePart[];
  readonly availability: Availability;
  readonly agoMs: number;
  readonly region: string;
  readonly call: string | undefined;
}

const said: fc.Arbitrary<Said> = fc.record({
  parts: fc.subarray<StatePart>(['presence', 'routing', 'work'], { minLength: 1 }),
  availability: fc.constantFrom<Availability>('free', 'busy', 'off'),
  agoMs: fc.nat(4),
  region: fc.constantFrom('eu', 'us'),
  call: fc.option(fc.constantFrom('', 'k', 'l'), { nil: undefined }),
});
/** Some events, and two orders in which each comes at least once. */
const twoOrders = fc.array(said, { minLength: 1, maxLength: 6 }).chain((events) => {
  const numbers = events.map((_, index) => index);
  const order = fc
    .tuple(
      fc.shuffledSubarray(numbers, { minLength: numbers.length }),
      fc.array(fc.constantFrom(...numbers), { maxLength: 4 }),
    )
    .map(([once, again]) => [...once, ...again]);
  return fc.tuple(fc.constant(events), order, order);
});

function reportOf(
  { parts, availability, agoMs, region, call }: Said,
  tenant: string,
  eventHash: string,
  nowMs: number,
): AgentReport {
  const atMs = nowMs - agoMs;
  const findings = Object.fromEntries(parts.map((part) => [part, { atMs, availability, raw: availability }]));
  const report = { tenant, agentId: 'a', eventHash, platform: 'genesys' as const, region, parts: findings };
  return call === undefined ? report : { ...report, call: { atMs, callId: call } };
}

async function stateAfter(store: AgentStore, events: readonly Said[], order: readonly number[], nowMs: number) {
  const tenant = randomUUID();
  for (const at of order) {
    const event = events[at];
    if (event !== undefined) await store.applyReport(reportOf(event, tenant, `event-${at}`, nowMs));
  }
  return store.read(tenant, 'a');
}

it.each([
  ['in process', () => new MemoryAgentStore(new ManualClock(START_MS), LONG), () => START_MS, 300],
  ['in Redis', () => redis.open(LONG), () => Date.now(), 50],
])(
  'events end in the same state in whatever order and however often they come, %s',
  async (_where, open, now, numRuns) => {
    const store = open();
    await fc.assert(
      fc.asyncProperty(twoOrders, async ([events, one, other]) => {
        const nowMs = now();
        const [first, second] = [
          await stateAfter(store, events, one, nowMs),
          await stateAfter(store, events, other, nowMs),
        ];
        expect(second).toEqual(first);
        expect(first).toBeDefined();
      }),
      { numRuns },
    );
  },
  120_000,
);
