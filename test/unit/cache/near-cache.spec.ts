import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NearCache } from '../../../src/cache/internal/near-cache.js';
import { ManualClock } from '../../support/manual-clock.js';
import { TestEventBus } from '../../support/test-event-bus.js';

const PLENTY = { maxEntries: 1000, maxBytes: 1_000_000 };

let clock: ManualClock;
let bus: TestEventBus;
beforeEach(() => {
  clock = new ManualClock();
  bus = new TestEventBus();
});

describe('a near copy', () => {
  it('answers up to its moment, and not at it', () => {
    const copies = new NearCache(clock, PLENTY, bus);
    copies.put('key', 'text', 100, clock.nowMs());

    expect(copies.get('key')).toBe('text');
    clock.advance(99.9);
    expect(copies.get('key')).toBe('text');
    clock.advance(0.1);
    expect(copies.get('key')).toBeUndefined();
    expect(copies.size).toBe(0);
  });

  it('is not made for no time at all', () => {
    const copies = new NearCache(clock, PLENTY, bus);
    copies.put('zero', 'text', 0, clock.nowMs());
    copies.put('less', 'text', -5, clock.nowMs());

    expect([copies.get('zero'), copies.get('less'), copies.size]).toEqual([undefined, undefined, 0]);
  });

  it('is replaced by the next one, with its own time', () => {
    const copies = new NearCache(clock, PLENTY, bus);
    copies.put('key', 'old', 1000, clock.nowMs());
    copies.put('key', 'new', 10, clock.nowMs());
    expect([copies.get('key'), copies.size]).toEqual(['new', 1]);
    clock.advance(10);

    expect(copies.get('key')).toBeUndefined();
  });

  it('is not made longer-lived by being read', () => {
    const copies = new NearCache(clock, PLENTY, bus);
    copies.put('key', 'text', 100, clock.nowMs());
    for (let read = 0; read < 10; read++) {
      clock.advance(10);
      copies.get('key');
    }

    expect(copies.get('key')).toBeUndefined();
  });

  it('that was not asked for the longest goes first when there is no room', () => {
    const copies = new NearCache(clock, { maxEntries: 2, maxBytes: 1_000_000 }, bus);
    copies.put('a', 'a', 100, clock.nowMs());
    copies.put('b', 'b', 100, clock.nowMs());
    copies.get('a');
    copies.put('c', 'c', 100, clock.nowMs());

    expect([copies.get('a'), copies.get('b'), copies.get('c')]).toEqual(['a', undefined, 'c']);
  });

  it('larger than all the room is not held, and takes nobody else’s', () => {
    const copies = new NearCache(clock, { maxEntries: 10, maxBytes: 2000 }, bus);
    copies.put('small', 'x', 100, clock.nowMs());
    copies.put('large', 'x'.repeat(2000), 100, clock.nowMs());

    expect([copies.get('small'), copies.get('large')]).toEqual(['x', undefined]);
  });

  it.each([
    ['entries', { maxEntries: 0, maxBytes: 1000 }],
    ['bytes', { maxEntries: 1000, maxBytes: 0 }],
  ])('is not held where there is room for no %s', (_, bounds) => {
    const copies = new NearCache(clock, bounds, bus);
    copies.put('key', 'text', 100, clock.nowMs());

    expect([copies.get('key'), copies.size]).toEqual([undefined, 0]);
  });
});

describe('near copies together', () => {
  it('stay within their bounds, whatever is put', () => {
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
          const copies = new NearCache(clock, { maxEntries, maxBytes }, bus);
          const keys = new Set(puts.map(({ key }) => key));
          for (const { key, length, forMs } of puts) {
            copies.put(key, 'x'.repeat(length), forMs, clock.nowMs());
            expect(copies.size).toBeLessThanOrEqual(maxEntries);
          }
          const held = [...keys].map((key) => copies.get(key) ?? '');
          expect(held.join('').length).toBeLessThanOrEqual(maxBytes);
        },
      ),
    );
  });
});

describe('a near copy that was invalidated', () => {
  it('is gone when its drop is heard', () => {
    const copies = new NearCache(clock, PLENTY, bus);
    copies.put('key', 'old', 1000, clock.nowMs());
    bus.publishDeleted('key');

    expect(copies.get('key')).toBeUndefined();
  });

  it('is refused when it was asked for before its drop, and comes after it', () => {
    const copies = new NearCache(clock, PLENTY, bus);
    const askedAtMs = clock.nowMs();
    clock.advance(1);
    bus.publishDeleted('key');
    copies.put('key', 'old', 1000, askedAtMs);
    expect(copies.get('key')).toBeUndefined();
    clock.advance(1);
    copies.put('key', 'new', 1000, clock.nowMs());

    expect(copies.get('key')).toBe('new');
  });

  it('is refused also when its drop was so long ago that it is forgotten', () => {
    const copies = new NearCache(clock, PLENTY, bus);
    const askedAtMs = clock.nowMs();
    clock.advance(1);
    bus.publishDeleted('key');
    for (let other = 0; other < 10_000; other++) bus.publishDeleted(`other ${other}`);
    copies.put('key', 'old', 1000, askedAtMs);

    expect(copies.get('key')).toBeUndefined();
  });

  it('is not trusted, nor any other, once drops may have been missed', () => {
    const copies = new NearCache(clock, PLENTY, bus);
    copies.put('key', 'old', 1000, clock.nowMs());
    bus.heard = false;
    expect(copies.get('key')).toBeUndefined();
    copies.put('key', 'old', 1000, clock.nowMs());
    bus.heard = true;

    expect([copies.get('key'), copies.size]).toEqual([undefined, 0]);
  });

  it('goes with all others when the channel is lost, although nobody asked in between', () => {
    const copies = new NearCache(clock, PLENTY, bus);
    copies.put('key', 'old', 1000, clock.nowMs());
    bus.reportLoss();

    expect(copies.get('key')).toBeUndefined();
  });
});
