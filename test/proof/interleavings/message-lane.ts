import { EventBus, MAX_UNHEARD_MS, type EventHandler } from '../../../src/messaging/event-bus.js';
import type { EventEnvelope, EventType } from '../../../src/messaging/events.js';
import { EventHandlers } from '../../../src/messaging/internal/event-handlers.js';
import type { Play } from './play.js';

interface Message {
  readonly event: EventEnvelope;
  readonly sentAtMs: number;
  /** For a deletion: its position in the chronicle. */
  readonly deletedAtPosition?: number;
}

/**
 * The event bus of one process. Messages arrive in the order in which they were sent, each as late
 * as the schedule says. While the lane is cut, messages are lost and the process notices. A lane
 * that does not notice every loss also loses some messages unnoticed.
 */
export class MessageLane extends EventBus {
  private readonly pending: Message[] = [];
  private readonly handlers = new EventHandlers();
  private readonly lossListeners = new Set<() => void>();
  private isUp = true;

  constructor(
    private readonly process: number,
    private readonly play: () => Play,
    readonly noticesEveryLoss: boolean,
  ) {
    super();
  }

  publish(): void {
    throw new Error('only the shared store publishes');
  }

  subscribe<T extends EventType>(type: T, handler: EventHandler<T>): void {
    this.handlers.add(type, handler);
  }

  onLoss(listener: () => void): void {
    this.lossListeners.add(listener);
  }

  /**
   * Heartbeats use the same lane: no heartbeat overtakes the oldest message that has not arrived.
   */
  isHeard(): boolean {
    const oldest = this.pending[0];
    return this.isUp && (oldest === undefined || this.play().clock.nowMs() - oldest.sentAtMs < MAX_UNHEARD_MS);
  }

  get deliveredUpToMs(): number {
    if (!this.isUp) return -Infinity;
    return this.pending[0]?.sentAtMs ?? this.play().clock.nowMs();
  }

  send(event: EventEnvelope, deletedAtPosition?: number): void {
    const { wire, clock, losesMessage, messageSteps } = this.play();
    if (losesMessage() || !this.isUp) return;
    const sentAtMs = clock.nowMs();
    this.pending.push(deletedAtPosition === undefined ? { event, sentAtMs } : { event, sentAtMs, deletedAtPosition });
    void wire.steps(messageSteps, `message to ${this.process}`).then(() => this.deliverNext());
  }

  async breakForAWhile(): Promise<void> {
    const { wire } = this.play();
    await wire.step(`messages to ${this.process} cut`);
    this.isUp = false;
    this.pending.length = 0;
    this.reportLoss();
    await wire.step(`messages to ${this.process} again`);
    this.isUp = true;
    this.reportLoss();
  }

  /** If the lane was cut since the message was sent, no message is left to deliver. */
  private deliverNext(): void {
    const next = this.pending.shift();
    if (next === undefined) return;
    const { event, deletedAtPosition } = next;
    if (deletedAtPosition !== undefined && 'key' in event.data) this.recordDelivery(event.data.key, deletedAtPosition);
    this.handlers.deliver(event);
  }

  private reportLoss(): void {
    const { chronicle } = this.play();
    const at = chronicle.now();
    chronicle.deliveries.push({ process: this.process, key: undefined, deletedAtPosition: at.position, at });
    for (const listener of this.lossListeners) listener();
  }

  private recordDelivery(key: string, deletedAtPosition: number): void {
    const { chronicle } = this.play();
    chronicle.deliveries.push({ process: this.process, key, deletedAtPosition, at: chronicle.now() });
  }
}
