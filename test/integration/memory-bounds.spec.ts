import { describe, expect, it } from '@jest/globals';
import { MemoryEntryStore } from '../../src/cache/internal/memory-entry-store.js';
import { NearCache } from '../../src/cache/internal/near-cache.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { TestEventBus } from '../support/test-event-bus.js';
import { hearingAlone } from '../support/hearing.js';

const MAX = 100;
const clock = new SystemClock();

function keyOf(index: number): string {
  return `cust:customer:10001:${index}`;
}

/** The number of entries in the store, read without adding an entry. */
function sizeOf(store: MemoryEntryStore): number {
  return (store as unknown as { entries: { size: number } }).entries.size;
}

async function readFor(store: MemoryEntryStore, index: number) {
  return store.read(keyOf(index), {
    format: 'f',
    leaseToken: `token ${index}`,
    leaseMs: 1000,
    discard: false,
    withinMs: 10_000,
  });
}

describe('MemoryEntryStore', () => {
  it('stores no more entries than its limit, and evicts the least recently used entries', async () => {
    const store = new MemoryEntryStore(clock, MAX, new TestEventBus(), hearingAlone(clock));
    for (let index = 0; index < 10 * MAX; index += 1) {
      const { load } = await readFor(store, index);
      if (load.kind !== 'lease-granted') throw new Error('expected the lease');
      await store.write(load.lease, { format: 'f', text: '{}', freshMs: 60_000, lifetimeMs: 60_000 });
      expect(sizeOf(store)).toBeLessThanOrEqual(MAX);
    }

    expect(sizeOf(store)).toBe(MAX);
    expect((await readFor(store, 10 * MAX - 1)).stored?.text).toBe('{}');
    expect((await readFor(store, 0)).stored).toBeUndefined();
  });

  it('stores no more entries than its limit if all loads fail', async () => {
    const store = new MemoryEntryStore(clock, MAX, new TestEventBus(), hearingAlone(clock));
    for (let index = 0; index < 10 * MAX; index += 1) {
      const { load } = await readFor(store, index);
      if (load.kind === 'lease-granted') await store.fail(load.lease, 'origin_error', 1000);
    }

    expect(sizeOf(store)).toBe(MAX);
  });
});

describe('NearCache', () => {
  it('stores no more entries than its limit', () => {
    const near = new NearCache(
      clock,
      { maxEntries: MAX, maxBytes: 1_000_000 },
      new TestEventBus(),
      hearingAlone(clock),
    );
    for (let index = 0; index < 10 * MAX; index += 1) near.put(keyOf(index), '{}', 60_000, clock.nowMs(), 10_000);

    expect(near.size).toBe(MAX);
    expect(near.get(keyOf(10 * MAX - 1))).toBe('{}');
    expect(near.get(keyOf(0))).toBeUndefined();
  });

  it('stores no more bytes than its limit', () => {
    const near = new NearCache(
      clock,
      { maxEntries: 10 * MAX, maxBytes: 50_000 },
      new TestEventBus(),
      hearingAlone(clock),
    );
    for (let index = 0; index < 10 * MAX; index += 1)
      near.put(keyOf(index), 'x'.repeat(1000), 60_000, clock.nowMs(), 10_000);

    expect(near.size).toBeGreaterThan(0);
    expect(near.size).toBeLessThanOrEqual(50);
  });
});
