interface RunningCall {
  readonly abandon: () => void;
}

/**
 * Calls that timed out and that the origin still works on. They hold their permits, because they
 * keep the origin as busy as any other call. An origin that never answers must not hold all
 * permits: above `maxCalls`, the oldest call is abandoned.
 */
export class AbandonedCalls {
  private readonly calls = new Set<RunningCall>();

  constructor(private readonly maxCalls: () => number) {}

  get size(): number {
    return this.calls.size;
  }

  add(call: RunningCall): void {
    this.calls.add(call);
    const [oldest] = this.calls;
    if (this.calls.size <= this.maxCalls() || oldest === undefined) return;
    this.calls.delete(oldest);
    oldest.abandon();
  }

  delete(call: RunningCall): void {
    this.calls.delete(call);
  }
}
