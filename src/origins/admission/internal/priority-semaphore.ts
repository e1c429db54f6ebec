import type { Priority } from '../../../config/config.js';

export interface PermitsOptions {
  /** How many calls may be in flight now. */
  readonly limit: () => number;
  /** Of the limit, for background work. */
  readonly backgroundShare: number;
  /** Most callers that may wait at a time. */
  readonly mostWaiting: number;
}

/** The right to have one call in flight. */
export interface Permit {
  /** Once; further calls do nothing. */
  release(): void;
}

/** Someone who waits for a permit. */
interface Waiter {
  readonly granted: (permit: Permit) => void;
}

/**
 * Who may call a system of record now: a bulkhead with priorities.
 *
 * Promised: never more permits out than the limit said when the last one was given; background work is admitted only while less than its
 * share of the limit is in use, by whomever, so it never takes more and is the first to go; those who wait are served first come, first
 * served, before anybody who comes later.
 * Not promised: how long a wait lasts. Whoever waits leaves when their time is up.
 */
export class PrioritySemaphore {
  private readonly waiting = new Set<Waiter>();
  private out = 0;

  constructor(private readonly options: PermitsOptions) {}

  /** Permits that are out. */
  get inUse(): number {
    return this.out;
  }

  get waiters(): number {
    return this.waiting.size;
  }

  take(priority: Priority): Permit | undefined {
    if (this.waiting.size > 0 || !this.hasRoomFor(priority)) return undefined;
    return this.give();
  }

  /**
   * Waits for a permit, with the same right as everybody else who waits.
   *
   * @returns how to leave; absent when there are too many waiting already
   */
  queue(granted: (permit: Permit) => void): (() => void) | undefined {
    if (this.waiting.size >= this.options.mostWaiting) return undefined;
    const waiter: Waiter = { granted };
    this.waiting.add(waiter);
    return () => void this.waiting.delete(waiter);
  }

  private hasRoomFor(priority: Priority): boolean {
    const limit = this.options.limit();
    switch (priority) {
      case 'ivr':
      case 'desktop':
        return this.out < limit;
      case 'background':
        return this.out < Math.floor(limit * this.options.backgroundShare);
    }
  }

  private give(): Permit {
    this.out++;
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        this.out--;
        this.serve();
      },
    };
  }

  /** As many as there is room for: the limit may have grown since the last one left. */
  private serve(): void {
    for (const waiter of this.waiting) {
      if (!this.hasRoomFor('ivr')) return;
      this.waiting.delete(waiter);
      waiter.granted(this.give());
    }
  }
}
