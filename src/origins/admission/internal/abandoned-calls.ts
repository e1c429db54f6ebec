interface RunningCall {
  readonly abandon: () => void;
}

/** Late calls about one subject that may stay open. Each such call holds a permit. */
const MAX_PER_SUBJECT = 2;

/**
 * Calls that timed out and that the origin still works on. These calls hold their permits, because
 * they keep the origin as busy as any other call. An origin that never answers must not hold all
 * permits: above `maxCalls`, the oldest call is abandoned. A single slow subject must not hold half
 * of the permits: above two calls about one subject, the oldest of these calls is abandoned.
 */
export class AbandonedCalls {
  /** By call, the oldest first: its subject. */
  private readonly calls = new Map<RunningCall, string>();

  constructor(private readonly maxCalls: () => number) {}

  get size(): number {
    return this.calls.size;
  }

  add(call: RunningCall, subject: string): void {
    this.calls.set(call, subject);
    const ofSubject = [...this.calls].filter(([, other]) => other === subject);
    const [oldest] = this.calls.keys();
    if (ofSubject.length > MAX_PER_SUBJECT) this.abandon(ofSubject[0]?.[0]);
    else if (this.calls.size > this.maxCalls()) this.abandon(oldest);
  }

  delete(call: RunningCall): void {
    this.calls.delete(call);
  }

  private abandon(call: RunningCall | undefined): void {
    if (call === undefined) return;
    this.calls.delete(call);
    call.abandon();
  }
}
