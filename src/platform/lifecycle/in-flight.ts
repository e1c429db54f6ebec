import { Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { Clock } from '../../kernel/clock.js';

/** Work this process has taken on and not finished. */
@Injectable()
export class InFlight {
  private readonly counts: (() => number)[] = [];
  private requests = 0;

  constructor(private readonly clock: Clock) {}

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count(), this.requests);
  }

  /** Requests alone. */
  get requestsUp(): number {
    return this.requests;
  }

  requestStarted(): void {
    this.requests++;
  }

  requestEnded(): void {
    this.requests--;
  }

  /** Work that is not a request, such as a load that goes on behind its answer. */
  alsoCount(count: () => number): void {
    this.counts.push(count);
  }

  /** True when everything was finished within the bound. */
  async drained(boundMs: number): Promise<boolean> {
    const giveUpAtMs = this.clock.nowMs() + boundMs;
    while (this.count > 0 && this.clock.nowMs() < giveUpAtMs) await delay(10);
    return this.count === 0;
  }
}
