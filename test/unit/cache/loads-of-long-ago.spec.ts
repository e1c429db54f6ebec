import { beforeEach, describe, expect, it } from '@jest/globals';
import { EntryWriter } from '../../../src/cache/internal/entry-writer.js';
import type { EntrySpec } from '../../../src/cache/internal/entry-spec.js';
import { MemoryCustomerIndex } from '../../../src/cache/internal/memory-customer-index.js';
import { MemoryEntryStore } from '../../../src/cache/internal/memory-entry-store.js';
import { NearCache } from '../../../src/cache/internal/near-cache.js';
import { LookupCache } from '../../../src/cache/lookup-cache.js';
import { StampedeGuard } from '../../../src/cache/stampede-guard.js';
import type { Dip, DipOutcome, LoadedAnswer } from '../../../src/contracts/dip.js';
import { Deadline } from '../../../src/kernel/deadline.js';
import { OriginFailure } from '../../../src/kernel/errors.js';
import type { Hearing } from '../../../src/messaging/hearing.js';
import { entryReader } from '../../support/entry-reader.js';
import { hear, hearingOthers } from '../../support/hearing.js';
import { ManualClock } from '../../support/manual-clock.js';
import { TestEventBus } from '../../support/test-event-bus.js';

/** Shorter than a lease, which nothing renews while the clock stands still. */
const T_MS = 300;
const POLICY = { ttlMs: 600_000, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0, invalidatedWithinMs: T_MS };
const SUBJECT = { identifier: { input: 'ani', hashed: '1', atOrigin: '1' }, entryKey: 'cust:customer:10001:a4f8' };

let clock: ManualClock;
let hearing: Hearing;
let near: NearCache;
let lookupCache: LookupCache;
let loads: PromiseWithResolvers<LoadedAnswer>[];

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  hearing = hearingOthers(clock);
  loads = [];
  const bus = new TestEventBus();
  const store = new MemoryEntryStore(clock, 10, bus, hearing);
  const index = new MemoryCustomerIndex(clock, 10, () => undefined);
  near = new NearCache(clock, { maxEntries: 10, maxBytes: 10_000 }, bus, hearing);
  const reader = entryReader(store);
  const writer = new EntryWriter(store, index, near, clock, hearing, { report: () => undefined });
  const guard = new StampedeGuard(store, bus, reader, writer, clock, hearing, { deadlineMs: 600_000 });
  lookupCache = new LookupCache(near, reader, writer, guard, clock);
});

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const loader = {
  load: (): Promise<LoadedAnswer> => {
    const ends = Promise.withResolvers<LoadedAnswer>();
    loads.push(ends);
    return ends.promise;
  },
};
/** Asks, and waits until the cache does. */
async function ask(cache: Partial<EntrySpec['policy']> = {}): Promise<{ readonly outcome: Promise<DipOutcome> }> {
  const dip: Dip = {
    lookup: {
      ...{ name: 'customer', fields: new Map(), priority: 'ivr', format: '1', defaults: '{}' },
      ...{ cache: { ...POLICY, ...cache }, readable: () => true, converted: (text: string) => text },
    },
    ...{ tenant: '10001', subject: SUBJECT, whenDegraded: 'answer' },
    deadline: new Deadline(clock, clock.nowMs() + 600_000),
  };
  const outcome = Promise.resolve(lookupCache.answer(dip, loader));
  await settled();
  return { outcome };
}
function answer(load: number): void {
  loads[load - 1]?.resolve({ found: true, text: `{"load":${load}}`, customer: undefined });
}
const from = (source: DipOutcome['source'], load: number) => ({ source, text: `{"load":${load}}` });

describe('a load that began before a caller asked, while the region does not hear the others', () => {
  it('answers a caller that comes within T', async () => {
    const first = await ask();
    clock.advance(T_MS);
    const second = await ask();
    answer(1);
    expect(await Promise.all([first.outcome, second.outcome])).toEqual([from('origin', 1), from('origin', 1)]);
  });

  it('does not answer callers that come later than T: they wait for its end, and for one later load', async () => {
    const first = await ask();
    clock.advance(T_MS + 1);
    const late = [await ask(), await ask(), await ask()];
    expect(loads).toHaveLength(1);
    answer(1);
    await settled();
    expect(loads).toHaveLength(2);
    answer(2);
    expect(await first.outcome).toEqual(from('origin', 1));
    for (const { outcome } of late) expect(await outcome).toEqual(from('origin', 2));
    expect(loads).toHaveLength(2);
  });

  it('gives its failure to the callers that come later than T', async () => {
    const first = await ask();
    clock.advance(T_MS + 1);
    const late = await ask();
    loads[0]?.reject(new OriginFailure('origin_error', 'refused'));
    const failed = { source: 'degraded', reason: 'origin_error' };
    expect(await Promise.all([first.outcome, late.outcome])).toEqual([failed, failed]);
    expect(loads).toHaveLength(1);
  });

  it('answers callers of any time if the region had heard the others when they came', async () => {
    await ask();
    clock.advance(4 * T_MS);
    hear(hearing, clock.nowMs(), { ageMs: T_MS });
    const late = await ask();
    answer(1);
    expect(await late.outcome).toEqual(from('origin', 1));
  });

  it('answers no caller that comes after records of other regions were missed', async () => {
    await ask();
    clock.advance(10);
    hear(hearing, clock.nowMs(), { missedMsAgo: 5 });
    const late = await ask();
    answer(1);
    await settled();
    answer(2);
    expect(await late.outcome).toEqual(from('origin', 2));
  });

  it('leaves no near copy if records of other regions were missed since it began', async () => {
    hear(hearing, clock.nowMs());
    const first = await ask({ nearTtlMs: 60_000 });
    clock.advance(10);
    hear(hearing, clock.nowMs(), { missedMsAgo: 5 });
    answer(1);
    await first.outcome;
    expect(near.size).toBe(0);
  });
});
