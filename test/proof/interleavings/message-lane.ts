import { EventBus, MAX_UNHEARD_MS, type EventHandler } from '../../../src/messaging/event-bus.js';
import type { EventEnvelope, EventType } from '../../../src/messaging/events.js';
import { EventHandlers } from '../../../src/messaging/internal/event-handlers.js';
import type { Play } from './play.js';

interface Message {
  readonly event: EventEnvelope;
  readonly sentAtMs: number;
  /** For a deletion: its step in the chronicle. */
  readonly deletedAtStep?: number;
}

/**
 * The event bus of one process. Messages arrive in the order they were sent, each as late as the schedule says. While the lane is cut,
 * messages are lost and the process notices. A lane that does not notice every loss also loses some without a sign.
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

  /** Heartbeats travel in the same lane: none is younger than the oldest message that has not arrived. */
  isHeard(): boolean {
    const oldest = this.pending[0];
    return this.isUp && (oldest === undefined || this.play().clock.nowMs() - oldest.sentAtMs < MAX_UNHEARD_MS);
  }

  send(event: EventEnvelope, deletedAtStep?: number): void {
    const { wire, clock, losesMessage, messageTurns } = this.play();
    if (losesMessage() || !this.isUp) return;
    const sentAtMs = clock.nowMs();
    this.pending.push(deletedAtStep === undefined ? { event, sentAtMs } : { event, sentAtMs, deletedAtStep });
    void wire.turns(messageTurns, `message to ${this.process}`).then(() => this.deliverNext());
  }

  async breakForAWhile(): Promise<void> {
    const { wire } = this.play();
    await wire.turn(`messages to ${this.process} cut`);
    this.isUp = false;
    this.pending.length = 0;
    this.reportLoss();
    await wire.turn(`messages to ${this.process} again`);
    this.isUp = true;
    this.reportLoss();
  }

  /** If the lane was cut since the message was sent, no message is left to deliver. */
  private deliverNext(): void {
    const next = this.pending.shift();
    if (next === undefined) return;
    const { event, deletedAtStep } = next;
    if (deletedAtStep !== undefined) this.recordHearing(event.data.key, deletedAtStep);
    this.handlers.deliver(event);
  }

  private reportLoss(): void {
    const { chronicle } = this.play();
    const at = chronicle.now();
    chronicle.hearings.push({ process: this.process, key: undefined, droppedAtStep: at.step, at });
    for (const listener of this.lossListeners) listener();
  }

  private recordHearing(key: string, droppedAtStep: number): void {
    const { chronicle } = this.play();
    chronicle.hearings.push({ process: this.process, key, droppedAtStep, at: chronicle.now() });
  }
}
