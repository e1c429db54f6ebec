import type { Clock } from './clock.js';
import { OriginFailure } from './errors.js';
import { Flight } from './single-flight.js';

interface Leg<T> {
  readonly beganAtMs: number;
  readonly landing: Promise<T>;
  next?: { readonly flight: Flight<T>; readonly work: () => Promise<T> };
}

/**
 * Single flight for loads that nothing else can void: shares one only with callers it did not begin too early for.
 *
 * Promised: in this process at most one load per key is running; whoever joins gets a load that began no earlier than they allow, at
 * most the second from now; a load nobody waits for any more is not begun.
 *
 * The interleaving it defends against: (1) a load begins while the store is away; (2) elsewhere, where the store is not away, the entry
 * is invalidated and that is acknowledged; (3) a caller asks here. To join the load would be to get what was invalidated before they
 * asked.
 */
export class FreshSingleFlight<T> {
  private readonly legs = new Map<string, Leg<T>>();

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.legs.size;
  }

  /**
   * @param noEarlierThanMs the earliest beginning that will do
   * @param wantedUntilMs how long this caller waits
   */
  join(key: string, noEarlierThanMs: number, wantedUntilMs: number, work: () => Promise<T>): Promise<T> {
    const running = this.legs.get(key);
    if (running === undefined) return this.begin(key, new Flight<T>(wantedUntilMs), work);
    if (running.beganAtMs >= noEarlierThanMs) return running.landing;
    const { flight } = (running.next ??= { flight: new Flight<T>(wantedUntilMs), work });
    flight.wantedUntilMs = Math.max(flight.wantedUntilMs, wantedUntilMs);
    return flight.landing;
  }

  private begin(key: string, flight: Flight<T>, work: () => Promise<T>): Promise<T> {
    const leg: Leg<T> = { beganAtMs: this.clock.nowMs(), landing: flight.landing };
    this.legs.set(key, leg);
    // The load may outlive every waiter, and its failure is then nobody's.
    flight.landing.catch(() => undefined);
    void work()
      .then(flight.land, flight.crash)
      .then(() => this.handOver(key, leg));
    return flight.landing;
  }

  private handOver(key: string, { next }: Leg<T>): void {
    if (next !== undefined && this.clock.nowMs() < next.flight.wantedUntilMs) {
      void this.begin(key, next.flight, next.work);
      return;
    }
    this.legs.delete(key);
    next?.flight.landing.catch(() => undefined);
    next?.flight.crash(new OriginFailure('origin_timeout', 'nobody waits any more'));
  }
}
