import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Clock } from '../kernel/clock.js';
import { LoopDelay, TICK_EVERY_MS } from '../platform/lifecycle/event-loop-delay.js';

/** Whether this process has taken on more than it can answer in time. Asking costs two comparisons. */
@Injectable()
export class ProcessLoad implements OnModuleDestroy {
  private readonly delay: LoopDelay;
  private readonly ticking: NodeJS.Timeout;

  constructor(
    clock: Clock,
    /** Requests at a time; beyond it the answer would only come later for everybody. */
    private readonly maxInFlight: number,
  ) {
    this.delay = new LoopDelay(clock.nowMs());
    this.ticking = setInterval(() => this.delay.ticked(clock.nowMs()), TICK_EVERY_MS).unref();
  }

  isTooMuch(requestsInFlight: number): boolean {
    return requestsInFlight >= this.maxInFlight || this.delay.isOverloaded;
  }

  /** How late it comes to its work, on average: so much of what it measures of others is its own. */
  get lateMs(): number {
    return this.delay.meanMs;
  }

  onModuleDestroy(): void {
    clearInterval(this.ticking);
  }
}
