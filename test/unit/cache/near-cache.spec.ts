import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NearCache } from '../../../src/cache/internal/near-cache.js';
import type { Hearing } from '../../../src/messaging/hearing.js';
import { hearingAlone } from '../../support/hearing.js';
import { ManualClock } from '../../support/manual-clock.js';
import { TestEventBus } from '../../support/test-event-bus.js';

/** `invalidatedWithinMs` of the lookup. */
const T_MS = 10_000;
const PLENTY = { maxEntries: 1000, maxBytes: 1_000_000 };

let clock: ManualClock;
let bus: TestEventBus;
let hearing: Hearing;
beforeEach(() => {
  clock = new ManualClock();
  bus = new TestEventBus();
  hearing = hearingAlone(clock);
});

describe('an entry of NearCache', () => {
  it('a near-cache entry is returned until its TTL ends, and not at the end', () => {
    const near = new NearCache(clock, PLENTY, bus, hearing);
    near.put('key', 'text', 100, clock.nowMs(), T_MS);

    expect(near.get('key')).toBe('text');
    clock.advance(99.9);
    expect(near.get('key')).toBe('text');
    clock.advance(0.1);
    expect(near.get('key')).toBeUndefined();
    expect(near.size).toBe(0);
  });

  it('a near-cache entry is not stored with a TTL of 0 or less', () => {
    const near = new NearCache(clock, PLENTY, bus, hearing);
    near.put('zero', 'text', 0, clock.nowMs(), T_MS);
    near.put('less', 'text', -5, clock.nowMs(), T_MS);

    expect([near.get('zero'), near.get('less'), near.size]).toEqual([undefined, undefined, 0]);
  });

  it('a near-cache entry is replaced by the next value, with the new TTL', () => {
    const near = new NearCache(clock, PLENTY, bus, hearing);
    near.put('key', 'old', 1000, clock.nowMs(), T_MS);
    near.put('key', 'new', 10, clock.nowMs(), T_MS);
    expect([near.get('key'), near.size]).toEqual(['new', 1]);
    clock.advance(10);

    expect(near.get('key')).toBeUndefined();
  });

  it('a near-cache entry does not live longer because it is read', () => {
    const near = new NearCache(clock, PLENTY, bus, hearing);
    near.put('key', 'text', 100, clock.nowMs(), T_MS);
    for (let read = 0; read < 10; read++) {
      clock.advance(10);
      near.get('key');
    }

    expect(near.get('key')).toBeUndefined();
  });

  it('the least recently read near-cache entry is evicted first when the cache is full', () => {
    const near = new NearCache(clock, { maxEntries: 2, maxBytes: 1_000_000 }, bus, hearing);
    near.put('a', 'a', 100, clock.nowMs(), T_MS);
    near.put('b', 'b', 100, clock.nowMs(), T_MS);
    near.get('a');
    near.put('c', 'c', 100, clock.nowMs(), T_MS);

    expect([near.get('a'), near.get('b'), near.get('c')]).toEqual(['a', undefined, 'c']);
  });

  it('a near-cache entry larger than the cache is not stored, and evicts no other entry', () => {
    const near = new NearCache(clock, { maxEntries: 10, maxBytes: 2000 }, bus, hearing);
    near.put('small', 'x', 100, clock.nowMs(), T_MS);
    near.put('large', 'x'.repeat(2000), 100, clock.nowMs(), T_MS);

    expect([near.get('small'), near.get('large')]).toEqual(['x', undefined]);
  });

  it.each([
    ['entries', { maxEntries: 0, maxBytes: 1000 }],
    ['bytes', { maxEntries: 1000, maxBytes: 0 }],
  ])('a near-cache entry is not stored if the limit of %s is 0', (_, bounds) => {
    const near = new NearCache(clock, bounds, bus, hearing);
    near.put('key', 'text', 100, clock.nowMs(), T_MS);

    expect([near.get('key'), near.size]).toEqual([undefined, 0]);
  });
});

describe('NearCache', () => {
  it('stays within its limits, whatever values are stored', () => {
    const put = fc.record({
      key: fc.string({ maxLength: 3 }),
      length: fc.nat({ max: 5000 }),
      forMs: fc.nat({ max: 50 }),
    });
    fc.assert(
      fc.property(
        fc.array(put, { maxLength: 100 }),
        fc.nat({ max: 20 }),
        fc.nat({ max: 50_000 }),
        (puts, maxEntries, maxBytes) => {
          const near = new NearCache(clock, { maxEntries, maxBytes }, bus, hearing);
          const keys = new Set(puts.map(({ key }) => key));
          for (const { key, length, forMs } of puts) {
            near.put(key, 'x'.repeat(length), forMs, clock.nowMs(), T_MS);
            expect(near.size).toBeLessThanOrEqual(maxEntries);
          }
          const values = [...keys].map((key) => near.get(key) ?? '');
          expect(values.join('').length).toBeLessThanOrEqual(maxBytes);
        },
      ),
    );
  });
});

describe('an invalidated entry of NearCache', () => {
  it('a near-cache entry is deleted when the message of its deletion arrives', () => {
    const near = new NearCache(clock, PLENTY, bus, hearing);
    near.put('key', 'old', 1000, clock.nowMs(), T_MS);
    bus.publishDeleted('key');

    expect(near.get('key')).toBeUndefined();
  });

  it('a near-cache entry is not stored if its value was requested before the deletion', () => {
    const near = new NearCache(clock, PLENTY, bus, hearing);
    const requestedAtMs = clock.nowMs();
    clock.advance(1);
    bus.publishDeleted('key');
    near.put('key', 'old', 1000, requestedAtMs, T_MS);
    expect(near.get('key')).toBeUndefined();
    clock.advance(1);
    near.put('key', 'new', 1000, clock.nowMs(), T_MS);

    expect(near.get('key')).toBe('new');
  });

  it('does not store an entry that was deleted during its load, even if 10,000 deletions followed', () => {
    const near = new NearCache(clock, PLENTY, bus, hearing);
    const requestedAtMs = clock.nowMs();
    clock.advance(1);
    bus.publishDeleted('key');
    for (let other = 0; other < 10_000; other++) bus.publishDeleted(`other ${other}`);
    near.put('key', 'old', 1000, requestedAtMs, T_MS);

    expect(near.get('key')).toBeUndefined();
  });

  it('a near-cache entry is neither returned nor stored while messages may be missing', () => {
    const near = new NearCache(clock, PLENTY, bus, hearing);
    near.put('key', 'old', 1000, clock.nowMs(), T_MS);
    bus.heard = false;
    expect(near.get('key')).toBeUndefined();
    near.put('key', 'old', 1000, clock.nowMs(), T_MS);
    bus.heard = true;

    expect([near.get('key'), near.size]).toEqual([undefined, 0]);
  });

  it('a near-cache entry is deleted when the bus reports a loss', () => {
    const near = new NearCache(clock, PLENTY, bus, hearing);
    near.put('key', 'old', 1000, clock.nowMs(), T_MS);
    bus.reportLoss();

    expect(near.get('key')).toBeUndefined();
  });
});
