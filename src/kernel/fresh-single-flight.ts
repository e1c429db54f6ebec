import type { Clock } from './clock.js';
import { OriginFailure } from './errors.js';
import { Flight } from './single-flight.js';

interface RunningFlight<T> {
  readonly beganAtMs: number;
  readonly result: Promise<T>;
  /** The load that begins when this load ends, for callers who may not join this load. */
  next?: { readonly flight: Flight<T>; readonly work: () => Promise<T> };
}

/**
 * Single flight for loads without a lease. Each caller names the earliest start of a load that it
 * accepts, `noEarlierThanMs`. Usually this is the moment when the caller asked.
 *
 * Guarantees:
 * - At most one load per key runs in this process.
 * - If the running load began too early for a caller, the caller waits for the next load. The next
 *   load begins when the running load ends.
 * - If no caller waits for the next load any more, that load does not begin.
 *
 * Race it prevents:
 * 1. A load begins while Redis is unavailable to this process.
 * 2. Another process, which reaches Redis, invalidates the entry and confirms the invalidation.
 * 3. A caller asks this process. If the caller joined the load of step 1, it would get the old
 *    value.
 */
export class FreshSingleFlight<T> {
  private readonly loads = new Map<string, RunningFlight<T>>();

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.loads.size;
  }

  /**
   * @param noEarlierThanMs the earliest start of a load that this caller accepts
   * @param wantedUntilMs the moment until which this caller waits
   */
  join(key: string, noEarlierThanMs: number, wantedUntilMs: number, work: () => Promise<T>): Promise<T> {
    const running = this.loads.get(key);
    if (running === undefined) return this.begin(key, new Flight<T>(wantedUntilMs), work);
    if (running.beganAtMs >= noEarlierThanMs) return running.result;
    const { flight } = (running.next ??= { flight: new Flight<T>(wantedUntilMs), work });
    flight.wantedUntilMs = Math.max(flight.wantedUntilMs, wantedUntilMs);
    return flight.result;
  }

  private begin(key: string, flight: Flight<T>, work: () => Promise<T>): Promise<T> {
    const load: RunningFlight<T> = { beganAtMs: this.clock.nowMs(), result: flight.result };
    this.loads.set(key, load);
    // The load may outlive every waiter. Then no waiter handles its failure.
    flight.result.catch(() => undefined);
    void work()
      .then(flight.resolve, flight.reject)
      .then(() => this.beginNext(key, load));
    return flight.result;
  }

  private beginNext(key: string, { next }: RunningFlight<T>): void {
    if (next !== undefined && this.clock.nowMs() < next.flight.wantedUntilMs) {
      void this.begin(key, next.flight, next.work);
      return;
    }
    this.loads.delete(key);
    next?.flight.result.catch(() => undefined);
    next?.flight.reject(new OriginFailure('origin_timeout', 'no caller waits any more'));
  }
}
