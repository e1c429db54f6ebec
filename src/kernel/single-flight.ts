/**
 * Does the work of `Promise.withResolvers`, which Node before 22 does not have. Datadip supports
 * Node 24 and later. A process that starts on Node 22 by mistake still answers (22.23.3, tried). On
 * Node 20 no process starts: `Map.groupBy` is missing there (`route-table.ts`).
 */
export function promiseWithResolvers<T>(): PromiseWithResolvers<T> {
  let ends!: Omit<PromiseWithResolvers<T>, 'promise'>;
  const promise = new Promise<T>((resolve, reject) => (ends = { resolve, reject }));
  return { promise, ...ends };
}

/** Running work that several callers wait for. */
export class Flight<T> {
  private readonly ends = promiseWithResolvers<T>();
  readonly result = this.ends.promise;
  readonly resolve = this.ends.resolve;
  readonly reject = this.ends.reject;

  constructor(
    /** The latest moment until which a caller waits for the result. */
    public wantedUntilMs: number,
  ) {}
}

/**
 * Lets one caller per key do the work while the other callers wait for its result.
 *
 * Guarantees: this process runs at most one flight per key, after failures too. Every waiter gets
 * the same value or the same error. A finished flight leaves nothing behind.
 *
 * Does not guarantee: anything across processes. Across processes the lease of an entry limits the
 * loads, and a lease can be lost. A load must therefore be safe to run twice.
 */
export class SingleFlight<T> {
  private readonly flights = new Map<string, Flight<T>>();

  get size(): number {
    return this.flights.size;
  }

  /** Waits for the running flight of `key`, or starts a flight. */
  join(key: string, wantedUntilMs: number, work: (flight: Flight<T>) => Promise<T>): Promise<T> {
    const running = this.flights.get(key);
    if (running === undefined) return this.start(key, wantedUntilMs, work);
    running.wantedUntilMs = Math.max(running.wantedUntilMs, wantedUntilMs);
    return running.result;
  }

  private start(key: string, wantedUntilMs: number, work: (flight: Flight<T>) => Promise<T>): Promise<T> {
    const flight = new Flight<T>(wantedUntilMs);
    this.flights.set(key, flight);
    // The work may outlive every waiter. Then no waiter handles its failure.
    flight.result.catch(() => undefined);
    work(flight)
      .finally(() => this.flights.delete(key))
      .then(flight.resolve, flight.reject);
    return flight.result;
  }
}
