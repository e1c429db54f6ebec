import { expect, it } from '@jest/globals';
import { repeatWhileFaster } from '../../../src/kernel/repeat-while-faster.js';

/** Runs rounds that take the given times; the last time repeats. */
function rounds(timesMs: readonly number[], bounds: { maxRounds?: number; maxMs?: number } = {}): Promise<number> {
  let nowMs = 0;
  let at = 0;
  const round = (): Promise<void> => {
    nowMs += timesMs[Math.min(at++, timesMs.length - 1)] ?? 0;
    return Promise.resolve();
  };
  const clock = (): number => nowMs;
  return repeatWhileFaster(round, { maxRounds: 100, maxMs: 10_000, nowMs: clock, spentMs: clock, ...bounds });
}

it('rejects with the error of a round, and begins no further round', async () => {
  let begun = 0;
  const failing = (): Promise<void> => Promise.reject(new Error(`round ${++begun}`));
  const bounds = { maxRounds: 5, maxMs: 1000, nowMs: () => 0, spentMs: () => 0 };
  await expect(repeatWhileFaster(failing, bounds)).rejects.toThrow('round 1');
  expect(begun).toBe(1);
});

it('ends after two rounds in a row that are not a tenth faster than the fastest one', async () => {
  expect(await rounds([100])).toBe(3);
  expect(await rounds([100, 50, 46, 46])).toBe(4);
});

it('goes on after a single slow round', async () => {
  expect(await rounds([100, 50, 200, 40, 30, 30])).toBe(7);
});

it('makes at most the given number of rounds', async () => {
  expect(await rounds([64, 32, 16, 8, 4], { maxRounds: 4 })).toBe(4);
});

it('begins no round after the given time', async () => {
  expect(await rounds([60, 50, 40], { maxMs: 100 })).toBe(2);
  expect(await rounds([60], { maxMs: 0 })).toBe(0);
});
