import type { WallClock } from '../kernel/clock.js';
import { EventBus, type EventHandler } from './event-bus.js';
import type { EventMap, EventType } from './events.js';
import { createEvent } from './internal/create-event.js';
import { EventHandlers } from './internal/event-handlers.js';

/**
 * The event bus of a process that shares its store with no other process. This event bus loses no
 * event.
 */
export class InProcessEventBus extends EventBus {
  readonly noticesEveryLoss: boolean = true;
  private readonly handlers = new EventHandlers();

  constructor(
    private readonly region: string,
    private readonly wallClock: WallClock,
  ) {
    super();
  }

  publish<T extends EventType>(type: T, tenant: string, data: EventMap[T]): void {
    const about = { tenant, region: this.region, atMs: this.wallClock.nowMs() };
    this.handlers.deliver(createEvent(type, about, data));
  }

  subscribe<T extends EventType>(type: T, handler: EventHandler<T>): void {
    this.handlers.add(type, handler);
  }

  onLoss(_listener: () => void): void {
    // No event is lost inside one process.
  }

  isHeard(): boolean {
    return true;
  }

  get deliveredUpToMs(): number {
    return Infinity;
  }
}
