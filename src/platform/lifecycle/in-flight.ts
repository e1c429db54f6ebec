import { Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { Clock } from '../../kernel/clock.js';

/** Counts the work that this process has begun and not finished. */
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

  requestStarted(): void {
    this.requests++;
  }

  requestEnded(): void {
    this.requests--;
  }

  /** Adds a source of other work, such as loads that run behind their answers. */
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
