import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { EventLoopDelay, TICK_EVERY_MS } from './event-loop-delay.js';

/**
 * Measures the delay of this process's event loop, ten times a second, for as long as the process
 * runs.
 */
@Injectable()
export class EventLoopMonitor implements OnModuleDestroy {
  private readonly delay: EventLoopDelay;
  private readonly ticking: NodeJS.Timeout;

  constructor(clock: Clock) {
    this.delay = new EventLoopDelay(clock.nowMs());
    this.ticking = setInterval(() => this.delay.ticked(clock.nowMs()), TICK_EVERY_MS).unref();
  }

  get isOverloaded(): boolean {
    return this.delay.isOverloaded;
  }

  /**
   * The mean delay of the window. Every duration this process measures contains about this much of
   * its own delay.
   */
  get meanMs(): number {
    return this.delay.meanMs;
  }

  onModuleDestroy(): void {
    clearInterval(this.ticking);
  }
}
