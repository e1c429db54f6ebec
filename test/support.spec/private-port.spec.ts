import { describe, expect, it } from '@jest/globals';
import { PortLane } from '../support/private-port.js';

describe('PortLane', () => {
  /** The runner's own process has no number. */
  const lanes = [undefined, '1', '2', '3', '4'].map((worker) => new PortLane(worker));

  it('returns no port twice to the processes of a run before 2,000 other ports', () => {
    const picked = lanes.flatMap((lane) => Array.from({ length: 2000 }, () => lane.next()));
    expect(new Set(picked).size).toBe(picked.length);
  });

  it('returns only ports of the private range', () => {
    for (const lane of lanes)
      for (let picks = 0; picks < 10_000; picks += 1) {
        const port = lane.next();
        expect(port >= 11_000 && port <= 20_999).toBe(true);
      }
  });
});
