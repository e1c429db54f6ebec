export interface StatsView {
  readonly calls: number;
  readonly inFlight: number;
  readonly peakInFlight: number;
  readonly aborted: number;
  readonly failures: number;
  readonly byRoute: Readonly<Record<string, number>>;
}

/** Counts the calls to one simulated system. Control requests are not counted. */
export class CallStats {
  private calls = 0;
  private running = 0;
  private peakInFlight = 0;
  private aborted = 0;
  private failures = 0;
  private readonly byRoute = new Map<string, number>();

  /** @param routes the routes that the view lists from the start, with 0 calls */
  constructor(routes: readonly string[]) {
    for (const route of routes) this.byRoute.set(route, 0);
  }

  get inFlight(): number {
    return this.running;
  }

  countBegin(route: string): void {
    this.calls += 1;
    this.running += 1;
    this.peakInFlight = Math.max(this.peakInFlight, this.running);
    this.byRoute.set(route, (this.byRoute.get(route) ?? 0) + 1);
  }

  /** The caller closed the connection. The work continues and ends later. */
  countAbort(): void {
    this.aborted += 1;
  }

  /** The switches failed the call, refused it or closed it halfway. */
  countFailure(): void {
    this.failures += 1;
  }

  countEnd(): void {
    this.running -= 1;
  }

  /** Running calls continue: they stay in flight, and their number is the new peak. */
  reset(): void {
    this.calls = 0;
    this.peakInFlight = this.running;
    this.aborted = 0;
    this.failures = 0;
    for (const route of this.byRoute.keys()) this.byRoute.set(route, 0);
  }

  view(): StatsView {
    const { calls, running: inFlight, peakInFlight, aborted, failures } = this;
    return { calls, inFlight, peakInFlight, aborted, failures, byRoute: Object.fromEntries(this.byRoute) };
  }
}
