import { describe, expect, it } from '@jest/globals';
import { playSchedules } from './home-simulation.js';

/** `npm run prove` plays 10,000. */
const SCHEDULES = 300;

describe('homes that move in virtual time', () => {
  it(`are never two at a time, and fences rise, in ${SCHEDULES} schedules of cuts, delays and crashes`, () => {
    const { failed, claims, moves } = playSchedules(1, SCHEDULES);
    expect(failed).toEqual([]);
    // The schedules do something.
    expect(claims).toBeGreaterThan(50 * SCHEDULES);
    expect(moves).toBeGreaterThan(SCHEDULES);
  });
});
