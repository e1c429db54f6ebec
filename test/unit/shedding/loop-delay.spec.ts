import { describe, expect, it } from '@jest/globals';
import { LoopDelay, TICK_EVERY_MS } from '../../../src/shedding/internal/loop-delay.js';

/** Ticks that come so late, one after another, for so long; returns when it ended. */
function run(delay: LoopDelay, fromMs: number, lateMs: number, forMs: number): number {
  let nowMs = fromMs;
  while (nowMs < fromMs + forMs) delay.ticked((nowMs += TICK_EVERY_MS + lateMs));
  return nowMs;
}

describe('the delay of the event loop', () => {
  it('is an overload only when it lasts', () => {
    const delay = new LoopDelay(0);
    let nowMs = run(delay, 0, 5, 5000);
    delay.ticked((nowMs += 1200));
    expect(delay.isOverloaded).toBe(false);
    run(delay, nowMs, 800, 3000);
    expect(delay.isOverloaded).toBe(true);
  });

  it('is looked at in the window alone: years of rest hide nothing, and an overload is soon forgotten', () => {
    const delay = new LoopDelay(0);
    let nowMs = run(delay, 0, 0, 600_000);
    nowMs = run(delay, nowMs, 900, 4000);
    expect(delay.isOverloaded).toBe(true);
    run(delay, nowMs, 0, 3000);
    expect(delay.isOverloaded).toBe(false);
  });
});
