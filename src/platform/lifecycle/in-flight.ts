import { Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { Clock } from '../../kernel/clock.js';

/** A request that may occupy a place of `MAX_IN_FLIGHT`. */
interface CountedRequest {
  isCounted: boolean;
}

/**
 * Counts the work that this process has begun and not finished.
 *
 * A request counts once its caller is known. Requests without a known caller cannot take the places
 * of other requests.
 */
@Injectable()
export class InFlight {
  private readonly counts: (() => number)[] = [];
  private requests = 0;

  constructor(private readonly clock: Clock) {}

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count(), this.requests);
  }

  /** The running requests, without other work. */
  get requestsInFlight(): number {
    return this.requests;
  }

  requestAdmitted(request: CountedRequest): void {
    request.isCounted = true;
    this.requests++;
  }

  requestEnded({ isCounted }: CountedRequest): void {
    if (isCounted) this.requests--;
  }

  /** Adds a source of other work, such as loads that continue after their answers. */
  alsoCount(count: () => number): void {
    this.counts.push(count);
  }

  /** Waits until no work is in flight. Returns `false` if work is left after `boundMs`. */
  async drained(boundMs: number): Promise<boolean> {
    const untilMs = this.clock.nowMs() + boundMs;
    while (this.count > 0 && this.clock.nowMs() < untilMs) await delay(10);
    return this.count === 0;
  }
}
