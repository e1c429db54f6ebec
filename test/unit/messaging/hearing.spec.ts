import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Hearing } from '../../../src/messaging/hearing.js';
import { hear, hearingAlone, hearingOthers } from '../../support/hearing.js';
import { ManualClock } from '../../support/manual-clock.js';

const T_MS = 10_000;

let clock: ManualClock;
let hearing: Hearing;
beforeEach(() => {
  clock = new ManualClock(100_000);
  hearing = hearingOthers(clock);
});

describe('Hearing', () => {
  it('a single region serves the value of any load', () => {
    const alone = hearingAlone(clock);
    expect([alone.isOn, alone.ageMs(), alone.isWithin(1)]).toEqual([false, 0, true]);
    expect(alone.earliestLoadMs(T_MS, clock.nowMs())).toBe(-Infinity);
  });

  it('a process that has heard nothing serves values of loads that began within T only', () => {
    expect(hearing.isWithin(T_MS)).toBe(false);
    expect(hearing.earliestLoadMs(T_MS, 100_000)).toBe(90_000);
  });

  it('the value of any load is served while what is heard is at most T old', () => {
    hear(hearing, 100_000, { ageMs: 4000 });
    clock.advance(6000);
    expect([hearing.ageMs(), hearing.isWithin(T_MS), hearing.earliestLoadMs(T_MS, 106_000)]).toEqual([
      10_000,
      true,
      -Infinity,
    ]);
    clock.advance(1);
    expect([hearing.isWithin(T_MS), hearing.earliestLoadMs(T_MS, 106_001)]).toEqual([false, 96_001]);
  });

  it('what is heard counts from the moment at which the store was asked', () => {
    clock.advance(300);
    hear(hearing, 100_000);
    expect(hearing.ageMs()).toBe(300);
    expect(hearing.heardAtMs).toBe(100_000);
  });

  it('a clock of the store that runs ahead of the heartbeats makes nothing newer than the question', () => {
    hear(hearing, 100_000, { ageMs: -5000 });
    expect(hearing.heardAtMs).toBe(100_000);
  });

  it('no value whose load began before missed records is served, however much is heard', () => {
    clock.advance(20);
    hear(hearing, 100_000, { missedMsAgo: 500 });
    expect(hearing.earliestLoadMs(T_MS, clock.nowMs())).toBe(99_520);
    clock.advance(1000);
    hear(hearing, 101_020, { missedMsAgo: 1500 }, hearing.floorMs + 1500);
    expect(hearing.earliestLoadMs(T_MS, clock.nowMs())).toBe(99_520);
  });

  it('listeners run after each update, and see it', () => {
    const ages: number[] = [];
    hearing.onUpdate(() => ages.push(hearing.ageMs()));
    hear(hearing, 100_000, { ageMs: 7 });
    hear(hearing, 100_000, { ageMs: 3 });
    expect(ages).toEqual([7, 3]);
  });
});
