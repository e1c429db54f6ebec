import { beforeEach, describe, expect, it } from '@jest/globals';
import { AdaptiveLimit } from '../../../../src/origins/admission/internal/adaptive-limit.js';
import type { MeasuredCall } from '../../../../src/origins/admission/internal/samples.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { simulate, type Limiter, type SimulatedOrigin } from '../../../support/simulated-origin.js';

const BASE_MS = 100;
const ONE_MINUTE_MS = 60_000;

let clock: ManualClock;
let adaptive: AdaptiveLimit;

beforeEach(() => {
  clock = new ManualClock();
  adaptive = new AdaptiveLimit(clock, { maxLimit: () => 400, deadlineMs: 2500 });
});

/** Keeps `calls()` calls of `tookMs` in flight, for `times` times `tookMs`. */
function rounds(times: number, calls: () => number, tookMs: number): void {
  const underWay: { readonly call: MeasuredCall; readonly endsAtMs: number }[] = [];
  const untilMs = clock.nowMs() + times * tookMs;
  while (clock.nowMs() < untilMs) {
    clock.advance(1);
    while (underWay[0] !== undefined && underWay[0].endsAtMs <= clock.nowMs()) {
      adaptive.callEnded((underWay.shift() as { call: MeasuredCall }).call, 'answered');
    }
    // At most five calls start in each millisecond, so that the calls do not end together.
    for (let begun = 0; begun < 5 && underWay.length < calls(); begun++) {
      underWay.push({ call: adaptive.callStarted(), endsAtMs: clock.nowMs() + tookMs });
    }
  }
  for (const { call } of underWay) adaptive.callEnded(call, 'failed');
}

describe('AdaptiveLimit', () => {
  it('grows while the limit is used and the origin answers as fast as before', () => {
    rounds(20, () => adaptive.limit, BASE_MS);
    expect(adaptive.limit).toBeGreaterThan(100);
  });

  it('never exceeds maxLimit', () => {
    rounds(60, () => adaptive.limit, BASE_MS);
    expect(adaptive.limit).toBe(400);
  });

  it('does not grow while the limit is not used', () => {
    rounds(50, () => 4, BASE_MS);
    expect(adaptive.limit).toBe(10);
  });

  it('falls to what slow answers show to be sustainable', () => {
    rounds(20, () => adaptive.limit, BASE_MS);
    const before = adaptive.limit;
    const slow = Array.from({ length: before }, () => adaptive.callStarted()).slice(-60);
    clock.advance(3 * BASE_MS);
    for (const call of slow) adaptive.callEnded(call, 'answered');
    expect(adaptive.limit).toBeLessThan(0.7 * before);
    expect(adaptive.limit).toBeGreaterThan(0.25 * before);
  });

  it('falls once for late answers of the same overload', () => {
    rounds(12, () => adaptive.limit, BASE_MS);
    const slow: MeasuredCall[] = Array.from({ length: 90 }, () => adaptive.callStarted());
    clock.advance(5 * BASE_MS);
    const limits = new Set<number>();
    for (const [at, call] of slow.entries()) {
      if (at % 18 === 0) clock.advance(60);
      adaptive.callEnded(call, 'answered');
      if (at > 36) limits.add(adaptive.limit);
    }
    expect(Math.min(...limits)).toBeGreaterThan(0.5 * Math.max(...limits));
  });

  it('counts overdue calls before they are answered', () => {
    rounds(20, () => adaptive.limit, BASE_MS);
    const before = adaptive.limit;
    for (let call = 0; call < before; call++) adaptive.callStarted();
    clock.advance(2 * BASE_MS);
    adaptive.callStarted();
    expect(adaptive.limit).toBeLessThan(0.8 * before);
  });

  it('never falls below the number of calls that can be measured', () => {
    rounds(20, () => adaptive.limit, BASE_MS);
    for (let span = 1; span < 8; span++) rounds(3, () => adaptive.limit, BASE_MS * 3 ** span);
    expect(adaptive.limit).toBeGreaterThanOrEqual(3);
  });

  it('relearns the baseline of an origin that has become slower for good', () => {
    rounds(20, () => adaptive.limit, BASE_MS);
    rounds(200, () => adaptive.limit, 4 * BASE_MS);
    expect(adaptive.typicalMs).toBeGreaterThan(3 * BASE_MS);
    expect(adaptive.limit).toBeGreaterThan(50);
  });

  it('ignores that the fastest of the first calls are answered first', () => {
    clock.advance(60_000);
    const first = Array.from({ length: 10 }, () => adaptive.callStarted());
    clock.advance(0.6 * BASE_MS);
    for (const call of first.slice(0, 4)) adaptive.callEnded(call, 'answered');
    clock.advance(0.4 * BASE_MS);
    for (const call of first.slice(4)) adaptive.callEnded(call, 'answered');
    expect(adaptive.baselineMs).toBe(BASE_MS);
    rounds(30, () => adaptive.limit, BASE_MS);
    expect(adaptive.limit).toBeGreaterThan(100);
  });

  it('leaves its minimum for an origin that is slower than its first baseline', () => {
    rounds(3, () => 4, BASE_MS);
    rounds(100, () => adaptive.limit, 2.5 * BASE_MS);
    expect(adaptive.limit).toBeGreaterThan(100);
  });

  it('falls slightly below the number of calls that the origin refused, once', () => {
    rounds(20, () => adaptive.limit, BASE_MS);
    const many = Array.from({ length: 100 }, () => adaptive.callStarted());
    for (const call of many.slice(-20)) adaptive.callEnded(call, 'refused');
    expect(adaptive.limit).toBe(400);
    const more = Array.from({ length: 300 }, () => adaptive.callStarted());
    for (const call of more.slice(-100)) adaptive.callEnded(call, 'refused');
    expect(adaptive.limit).toBe(Math.round(0.9 * 281));
  });

  it('ignores the duration of failed calls', () => {
    rounds(20, () => adaptive.limit, BASE_MS);
    const before = adaptive.limit;
    for (let call = 0; call < 500; call++) {
      const begun = adaptive.callStarted();
      clock.advance(1);
      adaptive.callEnded(begun, 'failed');
    }
    expect(adaptive.limit).toBe(before);
  });
});

/** Returns a limiter that knows the knee of the origin. */
function oracle(origin: SimulatedOrigin, at: ManualClock): Limiter<undefined> {
  return {
    get limit() {
      return origin.knee(at.nowMs());
    },
    began: () => undefined,
    ended: () => undefined,
  };
}

function searching(at: ManualClock): Limiter<MeasuredCall> {
  const limit = new AdaptiveLimit(at, { maxLimit: () => 400, deadlineMs: 2500 });
  return {
    get limit() {
      return limit.limit;
    },
    began: () => limit.callStarted(),
    ended: (call) => limit.callEnded(call, 'answered'),
  };
}

/** A knee that falls within 3 s after a third of the time, and rises again after two thirds. */
function falling(from: number, to: number): (atMs: number) => number {
  const share = (sinceMs: number): number => Math.min(1, Math.max(0, sinceMs / 3000));
  return (atMs) => from + (to - from) * (share(atMs - ONE_MINUTE_MS / 3) - share(atMs - (2 * ONE_MINUTE_MS) / 3));
}

/**
 * A load that rises from half of the capacity of the origin to twice its capacity, and falls again.
 */
function swelling(mostPerSecond: number): (atMs: number) => number {
  const swell = (atMs: number): number => 0.5 + 1.5 * Math.min(1, Math.max(0, (atMs - 9000) / 9000));
  return (atMs) => mostPerSecond * (atMs > 0.85 * ONE_MINUTE_MS ? 0.5 : swell(atMs));
}

describe('AdaptiveLimit, compared with an oracle that knows the knee', () => {
  it.each([
    ['100 ms, knee 40', 100, 1.6, () => 40, 40, 0.9],
    ['300 ms, knee 40', 300, 1.6, () => 40, 40, 0.9],
    ['300 ms, knee 40, soft', 300, 1.1, () => 40, 40, 0.9],
    ['300 ms, knee 40, hard', 300, 3, () => 40, 40, 0.85],
    ['800 ms, knee 40', 800, 1.6, () => 40, 40, 0.85],
    ['100 ms, knee 120 to 30', 100, 1.6, falling(120, 30), 120, 0.9],
    ['300 ms, knee 120 to 30', 300, 1.6, falling(120, 30), 120, 0.85],
    ['300 ms, knee 40 to 15', 300, 1.6, falling(40, 15), 40, 0.85],
  ])('gets nearly the good answers of the oracle from an origin of %s', (_, baseMs, gamma, knee, most, share) => {
    const wanted = swelling((most / baseMs) * 1000);
    const origin: SimulatedOrigin = { baseMs, gamma, knee, wanted, forMs: ONE_MINUTE_MS };
    const [adaptiveClock, oracleClock] = [new ManualClock(), new ManualClock()];
    const measured = simulate(origin, searching(adaptiveClock), adaptiveClock);
    const best = simulate(origin, oracle(origin, oracleClock), oracleClock);

    expect(measured.good / best.good).toBeGreaterThan(share);
    expect(measured.late).toBeLessThan(0.01 * measured.good);
    expect(measured.overTwiceMs).toBeLessThan(2000);
  });
});
