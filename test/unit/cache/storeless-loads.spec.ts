import { beforeEach, describe, expect, it } from '@jest/globals';
import { EntryWriter } from '../../../src/cache/internal/entry-writer.js';
import type { EntrySpec } from '../../../src/cache/internal/entry-spec.js';
import type { Load } from '../../../src/cache/internal/load.js';
import { MemoryCustomerIndex } from '../../../src/cache/internal/memory-customer-index.js';
import { MemoryEntryStore } from '../../../src/cache/internal/memory-entry-store.js';
import { NearCache } from '../../../src/cache/internal/near-cache.js';
import { INVALIDATED_WHILE_LOADING } from '../../../src/cache/internal/running-load.js';
import { StampedeGuard } from '../../../src/cache/stampede-guard.js';
import { Gate } from '../../support/gate.js';
import type { Hearing } from '../../../src/messaging/hearing.js';
import { ManualClock } from '../../support/manual-clock.js';
import { TestEventBus } from '../../support/test-event-bus.js';
import { entryReader } from '../../support/entry-reader.js';
import { hearingAlone } from '../../support/hearing.js';

const NO_NEAR: EntrySpec = {
  key: 'cust:customer:10001:a4f8',
  tenant: '10001',
  format: '1',
  policy: { ttlMs: 60_000, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0, invalidatedWithinMs: 10_000 },
  readable: () => true,
  converted: (text) => text,
};
const NEAR: EntrySpec = { ...NO_NEAR, policy: { ...NO_NEAR.policy, nearTtlMs: 1000 } };

let clock: ManualClock;
let guard: StampedeGuard;
let hearing: Hearing;
let gates: Gate[];

beforeEach(() => {
  clock = new ManualClock();
  gates = [];
  const bus = new TestEventBus();
  hearing = hearingAlone(clock);
  const store = new MemoryEntryStore(clock, 10, bus, hearing);
  const index = new MemoryCustomerIndex(clock, 10, () => undefined);
  const near = new NearCache(clock, { maxEntries: 10, maxBytes: 10_000 }, bus, hearing);
  const [reader, writer] = [
    entryReader(store),
    new EntryWriter(store, index, near, clock, hearing, { report: () => undefined }),
  ];
  guard = new StampedeGuard(store, bus, reader, writer, clock, hearing, { deadlineMs: 60_000 });
});

const run: Load['run'] = async () => {
  const gate = new Gate();
  const number = gates.push(gate);
  await gate.wait();
  return { found: true, text: `{"load":${number}}`, customer: undefined };
};
/** Loads while the store is unavailable. */
const ask = async (spec: EntrySpec): Promise<string> => {
  const result = await guard.load({ spec, run }, undefined, clock.nowMs());
  return result === INVALIDATED_WHILE_LOADING ? 'invalidated' : result.text;
};
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Two callers, the second `laterMs` after the first, while the load of the first caller runs. */
async function askTwice(spec: EntrySpec, laterMs: number): Promise<string[]> {
  const first = ask(spec);
  clock.advance(laterMs);
  const second = ask(spec);
  await settled();
  expect(gates).toHaveLength(1);
  gates[0]?.open();
  await settled();
  gates[1]?.open();
  return Promise.all([first, second]);
}

describe('a load while the store is unavailable', () => {
  it('a load without a store answers no caller that comes after it has begun', async () => {
    expect(await askTwice(NO_NEAR, 1)).toEqual(['{"load":1}', '{"load":2}']);
  });

  it('a load without a store answers callers up to `MAX_UNHEARD_MS` late if near-cache entries are enabled', async () => {
    expect(await askTwice(NEAR, 1500)).toEqual(['{"load":1}', '{"load":1}']);
  });

  it('a load without a store answers no caller later than `MAX_UNHEARD_MS`', async () => {
    expect(await askTwice(NEAR, 1501)).toEqual(['{"load":1}', '{"load":2}']);
  });

  it('a load without a store answers no caller later than T while the region does not hear the others', async () => {
    hearing.switchOn();
    const soon: EntrySpec = { ...NEAR, policy: { ...NEAR.policy, invalidatedWithinMs: 300 } };
    expect(await askTwice(soon, 301)).toEqual(['{"load":1}', '{"load":2}']);
  });
});
