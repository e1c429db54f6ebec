import { LRUCache } from 'lru-cache';
import type { Clock } from '../../kernel/clock.js';

/** How many landings are remembered for those who ask a moment too late. */
const REMEMBERED = 10_000;

/**
 * Tells waiters that a load of their key has ended, in this process or another.
 *
 * The interleaving it defends against: (1) a reader asks the store, which says "somebody is loading"; (2) the load lands, and its
 * message overtakes the store's reply; (3) the reader starts to wait. It would wait for nothing: so a landing after the moment the
 * reader asked ends the wait at once.
 */
export class LoadWaiters {
  private readonly waiting = new Map<string, Set<() => void>>();
  private readonly recent = new LRUCache<string, number>({ max: REMEMBERED });

  constructor(private readonly clock: Clock) {}

  finished(key: string): void {
    this.recent.set(key, this.clock.nowMs());
    const waiters = this.waiting.get(key);
    this.waiting.delete(key);
    waiters?.forEach((wake) => wake());
  }

  /** Resolves when the key lands, or after `boundMs`; at once if it has landed since `askedAtMs`. */
  wait(key: string, askedAtMs: number, boundMs: number): Promise<void> {
    if ((this.recent.get(key) ?? -Infinity) >= askedAtMs) return Promise.resolve();
    return new Promise((resolve) => {
      const waiters = this.waiting.get(key) ?? new Set();
      const wake = (): void => {
        clearTimeout(timer);
        waiters.delete(wake);
        if (waiters.size === 0 && this.waiting.get(key) === waiters) this.waiting.delete(key);
        resolve();
      };
      const timer = setTimeout(wake, boundMs);
      this.waiting.set(key, waiters.add(wake));
    });
  }
}
