import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { EventLoopDelay, TICK_EVERY_MS } from './event-loop-delay.js';

/** Measures the delay of the event loop, ten times a second, until the process ends. */
@Injectable()
export class EventLoopMonitor implements OnModuleDestroy {
  private readonly delay: EventLoopDelay;
  private readonly ticking: NodeJS.Timeout;

  constructor(private readonly clock: Clock) {
    this.delay = new EventLoopDelay(clock.nowMs());
    this.ticking = setInterval(() => this.delay.ticked(clock.nowMs()), TICK_EVERY_MS).unref();
  }

  get isOverloaded(): boolean {
    return this.delay.isOverloaded;
  }

  /**
   * The mean delay of the window, in milliseconds. Every duration that this process measures
   * contains about this much delay of the event loop.
   */
  get meanMs(): number {
    return this.delay.meanMs;
  }

  /** The greatest delay of the window, in milliseconds. */
  get maxMs(): number {
    return this.delay.maxMs;
  }

  /**
   * The greatest delay of the window and of the present turn of the event loop, in milliseconds.
   */
  presentMs(): number {
    return this.delay.presentMs(this.clock.nowMs());
  }

  onModuleDestroy(): void {
    clearInterval(this.ticking);
  }
}
