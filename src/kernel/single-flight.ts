import { promiseWithResolvers } from './promise-ends.js';

/** Work under way that others may wait for. */
export class Flight<T> {
  private readonly end = promiseWithResolvers<T>();
  readonly landing = this.end.promise;
  readonly land = this.end.resolve;
  readonly crash = this.end.reject;

  constructor(
    /** The latest moment somebody who joined still waits for it. */
    public wantedUntilMs: number,
  ) {}
}

/**
 * Lets one caller per key do the work while the others wait for its answer.
 *
 * Promised: in this process at most one flight for a key is up, after failures too; every waiter gets the same value or the same error;
 * nothing is remembered once the flight has landed.
 * Not promised: anything across processes. That is the lease's part (`entry-store.ts`), and a lease can be lost, so a load must be
 * safe to run twice.
 */
export class SingleFlight<T> {
  private readonly flights = new Map<string, Flight<T>>();

  get size(): number {
    return this.flights.size;
  }

  /** Waits for the flight of `key` that is up, or starts one. */
  join(key: string, wantedUntilMs: number, work: (flight: Flight<T>) => Promise<T>): Promise<T> {
    const up = this.flights.get(key);
    if (up === undefined) return this.start(key, wantedUntilMs, work);
    up.wantedUntilMs = Math.max(up.wantedUntilMs, wantedUntilMs);
    return up.landing;
  }

  private start(key: string, wantedUntilMs: number, work: (flight: Flight<T>) => Promise<T>): Promise<T> {
    const flight = new Flight<T>(wantedUntilMs);
    this.flights.set(key, flight);
    // The work may outlive every waiter, and its failure is then nobody's.
    flight.landing.catch(() => undefined);
    work(flight)
      .finally(() => this.flights.delete(key))
      .then(flight.land, flight.crash);
    return flight.landing;
  }
}
