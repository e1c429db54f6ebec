import { EventBus, MAX_UNHEARD_MS, type EventHandler } from '../../../../src/messaging/event-bus.js';
import type { EventEnvelope, EventType } from '../../../../src/messaging/events.js';
import type { Clock } from '../../../../src/kernel/clock.js';
import type { Mutant } from './mutants.js';

type Deletion = EventHandler<'entry.deleted'>;

/** The event bus of one process: deletions of entries arrive late, and it notices a loss. */
export class ModelBus extends EventBus {
  readonly noticesEveryLoss = true;
  private waiting: { readonly key: string; readonly atMs: number }[] = [];
  private deliveredMs: number;
  private readonly handlers: Deletion[] = [];
  private readonly losses: (() => void)[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly mutant: Mutant | undefined,
  ) {
    super();
    this.deliveredMs = clock.nowMs();
  }

  /** Another process has deleted the entry. */
  deleted(key: string): void {
    this.waiting.push({ key, atMs: this.clock.nowMs() });
  }

  /** All messages arrive that were sent by then. */
  deliverUpTo(ms: number): void {
    this.deliveredMs = Math.max(this.deliveredMs, ms);
    const arrived = this.waiting.filter(({ atMs }) => atMs <= ms);
    this.waiting = this.waiting.filter(({ atMs }) => atMs > ms);
    for (const { key } of arrived)
      for (const handle of this.handlers) handle({ data: { key } } as EventEnvelope<'entry.deleted'>);
  }

  /** The connection is lost, with the messages that are on their way. */
  lose(): void {
    this.waiting = [];
    this.deliveredMs = this.clock.nowMs();
    for (const listener of this.losses) listener();
  }

  publish(): void {
    // The model publishes for all processes of the region.
  }

  subscribe<T extends EventType>(type: T, handler: EventHandler<T>): void {
    if (type === 'entry.deleted') this.handlers.push(handler as unknown as Deletion);
  }

  onLoss(listener: () => void): void {
    this.losses.push(listener);
  }

  isHeard(): boolean {
    return this.clock.nowMs() - this.deliveredMs <= MAX_UNHEARD_MS;
  }

  get deliveredUpToMs(): number {
    return this.mutant === 'near copies do not wait for deletions' ? Infinity : this.deliveredMs;
  }
}
