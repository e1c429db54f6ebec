export interface StatsView {
  readonly calls: number;
  readonly inFlight: number;
  readonly peakInFlight: number;
  readonly aborted: number;
  readonly failures: number;
  readonly byRoute: Readonly<Record<string, number>>;
}

/** Counts the calls to the system the sandbox stands in for. Control calls are no business of it. */
export class CallStats {
  private calls = 0;
  private running = 0;
  private peakInFlight = 0;
  private aborted = 0;
  private failures = 0;
  private readonly byRoute = new Map<string, number>();

  /** @param routes shown from the start, with 0 */
  constructor(routes: readonly string[]) {
    for (const route of routes) this.byRoute.set(route, 0);
  }

  get inFlight(): number {
    return this.running;
  }

  began(route: string): void {
    this.calls += 1;
    this.running += 1;
    this.peakInFlight = Math.max(this.peakInFlight, this.running);
    this.byRoute.set(route, (this.byRoute.get(route) ?? 0) + 1);
  }

  /** The caller went away. Says nothing of the work, which ends by itself. */
  callerLeft(): void {
    this.aborted += 1;
  }

  /** The call was spoilt on purpose: failed, refused or closed halfway. */
  failed(): void {
    this.failures += 1;
  }

  ended(): void {
    this.running -= 1;
  }

  /** What is running goes on running, so it stays counted as in flight and is the new peak. */
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
