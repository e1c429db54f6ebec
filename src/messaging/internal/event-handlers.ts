import type { EventHandler } from '../event-bus.js';
import type { EventEnvelope, EventType } from '../events.js';

/** The handlers in this process, by type of event. */
export class EventHandlers {
  private readonly handlers = new Map<EventType, EventHandler<EventType>[]>();

  add<T extends EventType>(type: T, handler: EventHandler<T>): void {
    const handlers = this.handlers.get(type) ?? [];
    // The map holds under each type only handlers of that type.
    this.handlers.set(type, [...handlers, handler as EventHandler<EventType>]);
  }

  deliver(event: EventEnvelope): void {
    for (const handle of this.handlers.get(event.type) ?? []) handle(event);
  }
}
