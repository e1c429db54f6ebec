import { describe, expect, it } from '@jest/globals';
import { playSchedules } from '../unit/regions/home-simulation.js';

const SCHEDULES = 10_000;

describe('homes that move in virtual time', () => {
  it(`are never two at a time, and fences rise, in ${SCHEDULES} schedules of cuts, delays and crashes`, () => {
    expect(playSchedules(1, SCHEDULES).failed).toEqual([]);
  });
});
