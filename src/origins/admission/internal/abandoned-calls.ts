/** Something that can be given up. */
interface Cuttable {
  readonly cut: () => void;
}

/**
 * Calls whose callers have gone, and which the origin still works on. They hold their permits, because the origin is as busy with them as
 * with any other; but an origin that never answers must not hold them all, so beyond `most` the oldest is given up.
 */
export class AbandonedCalls {
  private readonly calls = new Set<Cuttable>();

  constructor(private readonly most: () => number) {}

  get size(): number {
    return this.calls.size;
  }

  add(call: Cuttable): void {
    this.calls.add(call);
    const [oldest] = this.calls;
    if (this.calls.size <= this.most() || oldest === undefined) return;
    this.calls.delete(oldest);
    oldest.cut();
  }

  ended(call: Cuttable): void {
    this.calls.delete(call);
  }
}
