import { describe, expect, it } from '@jest/globals';
import { EventLoopDelay, TICK_EVERY_MS } from '../../../src/platform/lifecycle/event-loop-delay.js';

/** Delays every tick by `lateMs` for `forMs`, and returns the time of the last tick. */
function run(delay: EventLoopDelay, fromMs: number, lateMs: number, forMs: number): number {
  let nowMs = fromMs;
  while (nowMs < fromMs + forMs) delay.ticked((nowMs += TICK_EVERY_MS + lateMs));
  return nowMs;
}

describe('EventLoopDelay', () => {
  it('reports an overload only if the delay lasts', () => {
    const delay = new EventLoopDelay(0);
    let nowMs = run(delay, 0, 5, 5000);
    for (const pauseMs of [1200, 5000, 900]) {
      delay.ticked((nowMs += pauseMs));
      expect(delay.isOverloaded).toBe(false);
    }
    run(delay, nowMs, 800, 3000);
    expect(delay.isOverloaded).toBe(true);
  });

  it('reports no overload if some ticks are in time', () => {
    const delay = new EventLoopDelay(0);
    let nowMs = 0;
    for (let round = 0; round < 20; round += 1) {
      nowMs = run(delay, nowMs, 900, 1900);
      nowMs = run(delay, nowMs, 0, 100);
      expect(delay.isOverloaded).toBe(false);
    }
  });

  it('reports an overload of its window only, whatever came before the window', () => {
    const delay = new EventLoopDelay(0);
    let nowMs = run(delay, 0, 0, 600_000);
    nowMs = run(delay, nowMs, 900, 4000);
    expect(delay.isOverloaded).toBe(true);
    run(delay, nowMs, 0, 3000);
    expect(delay.isOverloaded).toBe(false);
  });

  it('knows the delay of a tick that has not run yet, and forgets it after its window', () => {
    const delay = new EventLoopDelay(0);
    expect(delay.presentMs(TICK_EVERY_MS)).toBe(0);
    expect(delay.presentMs(TICK_EVERY_MS + 700)).toBe(700);
    delay.ticked(TICK_EVERY_MS + 700);
    expect(delay.presentMs(TICK_EVERY_MS + 700)).toBe(700);

    const nowMs = run(delay, TICK_EVERY_MS + 700, 5, 4000);
    expect(delay.presentMs(nowMs)).toBe(5);
  });
});
