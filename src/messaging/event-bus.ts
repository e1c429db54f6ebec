import type { EventEnvelope, EventMap, EventType } from './events.js';

/**
 * How late an event may arrive while `isHeard` is true, in milliseconds. An invalidation must reach
 * every process within 2 s (`docs/concepts/invalidation.md`). The other 500 ms are for a process
 * that checks its clock late.
 */
export const MAX_UNHEARD_MS = 1500;

export type EventHandler<T extends EventType> = (event: EventEnvelope<T>) => void;

/**
 * Carries typed events between the processes of a region.
 *
 * Guarantees:
 * - A published event reaches the handlers in this process before `publish` returns.
 * - If `noticesEveryLoss` and `isHeard` are true, every event that reached the transport more than
 *   `MAX_UNHEARD_MS` ago has been delivered.
 * - If the event bus notices that events may be lost, it calls the loss listeners.
 *
 * Does not guarantee:
 * - Delivery. An event that is published while the transport is unavailable is lost.
 * - A single call per event. A handler may receive an event twice (directly and from the
 *   transport), so it must be idempotent.
 * - Order between publishers.
 */
export abstract class EventBus {
  /** False if the transport can lose an event and the event bus cannot notice the loss. */
  abstract readonly noticesEveryLoss: boolean;

  /** Publishes an event, at most once to every other process. Does not wait for them. */
  abstract publish<T extends EventType>(type: T, tenant: string, data: EventMap[T]): void;

  abstract subscribe<T extends EventType>(type: T, handler: EventHandler<T>): void;

  /** The listener runs when events may have been lost. */
  abstract onLoss(listener: () => void): void;

  /**
   * False if events older than `MAX_UNHEARD_MS` may be missing. State that depends on events must
   * not be used then.
   *
   * @param nowMs the present time by `Clock`, if the caller has just read it
   */
  abstract isHeard(nowMs?: number): boolean;

  /**
   * Where `noticesEveryLoss` is true, every event that reached the transport before this moment has
   * been delivered. By `Clock`.
   */
  abstract get deliveredUpToMs(): number;
}
