import { beforeEach, describe, expect, it } from '@jest/globals';
import { NearCache } from '../../../src/cache/internal/near-cache.js';
import type { Hearing } from '../../../src/messaging/hearing.js';
import { hear, hearingOthers } from '../../support/hearing.js';
import { ManualClock } from '../../support/manual-clock.js';
import { TestEventBus } from '../../support/test-event-bus.js';

/** A bus between the nodes of a cluster. */
class ForgetfulBus extends TestEventBus {
  override readonly noticesEveryLoss: boolean = false;
}

/** `invalidatedWithinMs` of the lookup. */
const T_MS = 10_000;
const PLENTY = { maxEntries: 1000, maxBytes: 1_000_000 };

let clock: ManualClock;
let bus: TestEventBus;
let hearing: Hearing;
let near: NearCache;
beforeEach(() => {
  clock = new ManualClock();
  bus = new TestEventBus();
  hearing = hearingOthers(clock);
  near = new NearCache(clock, PLENTY, bus, hearing);
  near.put('key', 'old', 600_000, clock.nowMs(), T_MS);
});

describe('an entry of NearCache with several regions', () => {
  it('is returned only while the region has heard the others within T', () => {
    expect(near.get('key')).toBeUndefined();
    hear(hearing, clock.nowMs(), { ageMs: 1000 });
    expect(near.get('key')).toBe('old');
    clock.advance(T_MS - 1000);
    expect(near.get('key')).toBe('old');
    clock.advance(1);
    expect(near.get('key')).toBeUndefined();
    hear(hearing, clock.nowMs());
    expect(near.get('key')).toBe('old');
  });

  it('is returned by the T of its lookup', () => {
    near.put('short', 'old', 600_000, clock.nowMs(), 3000);
    hear(hearing, clock.nowMs(), { ageMs: 3001 });
    expect([near.get('key'), near.get('short')]).toEqual(['old', undefined]);
  });

  it('is not returned before the deletions of the time in which the region was cut off have arrived', () => {
    hear(hearing, clock.nowMs());
    clock.advance(2 * T_MS);
    bus.delivered = clock.nowMs();
    hear(hearing, clock.nowMs());
    expect(near.get('key')).toBeUndefined();
    clock.advance(250);
    hear(hearing, clock.nowMs());
    expect(near.get('key')).toBeUndefined();
    bus.delivered = clock.nowMs();
    hear(hearing, clock.nowMs());
    expect(near.get('key')).toBe('old');
  });

  it('is deleted when records of other regions were missed, and so is a value that was read before', () => {
    hear(hearing, clock.nowMs());
    const requestedAtMs = clock.nowMs();
    hear(hearing, clock.nowMs(), { missedMsAgo: 0 });
    near.put('other', 'old', 1000, requestedAtMs, T_MS);
    expect([near.get('key'), near.get('other'), near.size]).toEqual([undefined, undefined, 0]);
    clock.advance(1);
    near.put('key', 'new', 1000, clock.nowMs(), T_MS);
    hear(hearing, clock.nowMs(), { missedMsAgo: 1 }, hearing.floorMs + 1);
    expect(near.get('key')).toBe('new');
  });

  it('waits for the expiry of older entries where the bus may lose a message unnoticed', () => {
    const cluster = new ForgetfulBus();
    near = new NearCache(clock, PLENTY, cluster, hearing);
    clock.advance(2 * T_MS);
    near.put('key', 'old', 600_000, clock.nowMs(), T_MS);
    hear(hearing, clock.nowMs());
    expect(near.get('key')).toBeUndefined();
    clock.advance(1499);
    hear(hearing, clock.nowMs());
    expect(near.get('key')).toBeUndefined();
    clock.advance(1);
    near.put('key', 'new', 600_000, clock.nowMs(), T_MS);
    hear(hearing, clock.nowMs());
    expect(near.get('key')).toBe('new');
  });
});
