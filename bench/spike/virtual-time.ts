interface Due {
  readonly atMs: number;
  /** Of two tasks for the same moment, the task that was set first runs first. */
  readonly order: number;
  readonly run: () => void;
}

/**
 * A clock that jumps from one due task to the next, so that a minute takes a second. The due tasks
 * are in a heap.
 *
 * Guarantees:
 * - The same seed gives the same tasks in the same order, on any machine.
 * - Before the next task starts, all work that takes no time has run.
 */
export class VirtualTime {
  private readonly heap: Due[] = [];
  private readonly off = new Set<number>();
  private atMs = 0;
  private orders = 0;

  nowMs(): number {
    return this.atMs;
  }

  /** @returns the handle for `cancel` */
  after(ms: number, run: () => void): number {
    const order = ++this.orders;
    this.push({ atMs: this.atMs + Math.max(0, ms), order, run });
    return order;
  }

  cancel(order: number): void {
    this.off.add(order);
  }

  async runUntil(endMs: number): Promise<void> {
    for (let next = this.pop(); next !== undefined && next.atMs <= endMs; next = this.pop()) {
      if (this.off.delete(next.order)) continue;
      this.atMs = next.atMs;
      next.run();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private push(due: Due): void {
    let at = this.heap.push(due) - 1;
    for (let above = (at - 1) >> 1; at > 0 && this.isBefore(at, above); at = above, above = (at - 1) >> 1)
      this.swap(at, above);
  }

  private pop(): Due | undefined {
    this.swap(0, this.heap.length - 1);
    const first = this.heap.pop();
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const least = this.isBefore(right, left) ? right : left;
      if (!this.isBefore(least, at)) return first;
      this.swap(at, least);
      at = least;
    }
  }

  private isBefore(one: number, other: number): boolean {
    const [a, b] = [this.heap[one], this.heap[other]];
    if (a === undefined || b === undefined) return a !== undefined;
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  }

  private swap(one: number, other: number): void {
    const [a, b] = [this.heap[one], this.heap[other]];
    if (a === undefined || b === undefined) return;
    this.heap[one] = b;
    this.heap[other] = a;
  }
}

/**
 * While `work` runs, the timers of this process use the virtual time, and `Math.random` is
 * replaced.
 */
export async function takingOver<T>(time: VirtualTime, random: () => number, work: () => Promise<T>): Promise<T> {
  const { setTimeout: realSet, clearTimeout: realClear } = globalThis;
  const realRandom = Math.random;
  globalThis.setTimeout = ((run: () => void, ms = 0) => {
    const order = time.after(ms, run);
    const timer = { unref: () => timer, ref: () => timer, [Symbol.toPrimitive]: () => order };
    return timer;
  }) as unknown as typeof setTimeout;
  globalThis.clearTimeout = (timer) => {
    if (timer !== undefined) time.cancel(Number(timer));
  };
  Math.random = random;
  try {
    return await work();
  } finally {
    globalThis.setTimeout = realSet;
    globalThis.clearTimeout = realClear;
    Math.random = realRandom;
  }
}
