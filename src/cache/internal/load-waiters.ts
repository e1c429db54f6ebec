import { LRUCache } from 'lru-cache';
import type { Clock } from '../../kernel/clock.js';
import type { EventBus } from '../../messaging/event-bus.js';

/**
 * How many finished loads are remembered. A reader may start to wait a moment after its load
 * finished.
 */
const MAX_RECENTLY_FINISHED = 10_000;

/**
 * Wakes the callers of this process that wait for a load of another process, when the load has
 * finished. A deleted entry counts as finished too: its waiters must read again.
 *
 * Race it prevents:
 * 1. A reader reads the store, which replies that another process is loading.
 * 2. The load finishes, and its event overtakes the store's reply.
 * 3. The reader starts to wait, for an event that has already come.
 * A load that finished after the reader read the store therefore ends the wait at once.
 */
export class LoadWaiters {
  private readonly waiting = new Map<string, Set<() => void>>();
  private readonly recentlyFinished = new LRUCache<string, number>({ max: MAX_RECENTLY_FINISHED });

  constructor(
    private readonly clock: Clock,
    bus: EventBus,
  ) {
    bus.subscribe('entry.load-finished', ({ data }) => this.finished(data.key));
    bus.subscribe('entry.deleted', ({ data }) => this.finished(data.key));
  }

  /**
   * Resolves when the load of the key finishes, or after `boundMs`.
   *
   * @param readAtMs when the store was read. A load that has finished since then resolves at once.
   */
  wait(key: string, readAtMs: number, boundMs: number): Promise<void> {
    if ((this.recentlyFinished.get(key) ?? -Infinity) >= readAtMs) return Promise.resolve();
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

  private finished(key: string): void {
    this.recentlyFinished.set(key, this.clock.nowMs());
    const waiters = this.waiting.get(key);
    this.waiting.delete(key);
    waiters?.forEach((wake) => wake());
  }
}
