import type { Permit } from './internal/priority-semaphore.js';

/** How many calls one lookup may have in flight, so that it cannot take what others of the same system need. */
export class Bulkhead {
  private inUse = 0;

  constructor(private readonly maxCalls: number) {}

  /** Absent: it is full. */
  enter(): Permit | undefined {
    if (this.inUse >= this.maxCalls) return undefined;
    this.inUse++;
    let isOut = true;
    const release = (): void => {
      if (isOut) this.inUse--;
      isOut = false;
    };
    return { release };
  }
}
