export interface PrioritySemaphoreOptions {
  /**
   * Permits that may be in use now. A whole number; read for every permit, because it may change.
   */
  readonly limit: () => number;
  /** Callers that may wait at a time. 0: callers never wait. */
  readonly maxWaiting: number;
}

/** The right to have one call in flight. */
export interface Permit {
  /** Returns the permit. Further calls do nothing. */
  release(): void;
}

interface Waiter {
  readonly onPermit: (permit: Permit) => void;
}

/**
 * Limits concurrent calls. Callers of lower priority may use only a share of the limit.
 *
 * The bulkhead of a lookup is the same semaphore with a fixed limit and without waiting.
 *
 * Guarantees:
 * - When a permit is granted, the permits in use do not exceed the limit of that moment.
 * - A caller with a share below 1 gets a permit only while less than this share of the limit is in
 *   use. Permits of every priority count.
 * - Waiting callers get permits in the order of their arrival, before any caller that arrives
 *   later.
 *
 * Does not guarantee: how long a wait lasts. A waiting caller leaves when its time is up.
 */
export class PrioritySemaphore {
  private readonly waiting = new Set<Waiter>();
  private used = 0;

  constructor(private readonly options: PrioritySemaphoreOptions) {}

  get inUse(): number {
    return this.used;
  }

  /**
   * Returns `undefined` when there is no free permit, or when other callers already wait.
   *
   * @param share of the limit that this caller may use, from 0 to 1
   */
  tryAcquire(share = 1): Permit | undefined {
    if (this.waiting.size > 0 || !this.hasRoom(share)) return undefined;
    return this.grant();
  }

  /**
   * Waits for a permit with a share of 1.
   *
   * @returns a function that leaves the queue; `undefined` when `maxWaiting` callers wait already
   */
  enqueue(onPermit: (permit: Permit) => void): (() => void) | undefined {
    if (this.waiting.size >= this.options.maxWaiting) return undefined;
    const waiter: Waiter = { onPermit };
    this.waiting.add(waiter);
    return () => void this.waiting.delete(waiter);
  }

  private hasRoom(share: number): boolean {
    return this.used < Math.floor(this.options.limit() * share);
  }

  private grant(): Permit {
    this.used++;
    let isHeld = true;
    return {
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.used--;
        this.serveWaiters();
      },
    };
  }

  /**
   * Serves as many waiters as there is room for: the limit may have grown since the last release.
   */
  private serveWaiters(): void {
    for (const waiter of this.waiting) {
      if (!this.hasRoom(1)) return;
      this.waiting.delete(waiter);
      waiter.onPermit(this.grant());
    }
  }
}
