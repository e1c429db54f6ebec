import type { Play } from './play.js';

export type Message =
  | { readonly kind: 'landed'; readonly key: string }
  | { readonly kind: 'dropped'; readonly key: string; readonly droppedAtStep: number };

/** As the channel's heartbeats have it. */
export const HEARD_WITHIN_MS = 1500;

/**
 * The messages from the store to one process: in the order they were sent, each as late as the schedule likes. While it is cut they are
 * lost, and the process knows it; the lane of a store whose drops are not sure loses some without a sign.
 */
export class MessageLane {
  private readonly pending: { readonly message: Message; readonly sentAtMs: number }[] = [];
  private readonly listeners = new Set<(message: Message) => void>();
  private readonly missedListeners = new Set<() => void>();
  private isUp = true;

  constructor(
    private readonly process: number,
    private readonly play: () => Play,
  ) {}

  onMessage(listener: (message: Message) => void): void {
    this.listeners.add(listener);
  }

  onMissed(listener: () => void): void {
    this.missedListeners.add(listener);
  }

  /** Heartbeats travel in the same lane: they are no younger than the oldest message that has not arrived. */
  isHeard(): boolean {
    const oldest = this.pending[0];
    return this.isUp && (oldest === undefined || this.play().clock.nowMs() - oldest.sentAtMs < HEARD_WITHIN_MS);
  }

  send(message: Message): void {
    const { wire, clock, losesMessage, messageTurns } = this.play();
    if (losesMessage() || !this.isUp) return;
    this.pending.push({ message, sentAtMs: clock.nowMs() });
    void wire.turns(messageTurns, `message to ${this.process}`).then(() => this.deliverNext());
  }

  async breakForAWhile(): Promise<void> {
    const { wire } = this.play();
    await wire.turn(`messages to ${this.process} cut`);
    this.isUp = false;
    this.pending.length = 0;
    this.missed();
    await wire.turn(`messages to ${this.process} again`);
    this.isUp = true;
    this.missed();
  }

  /** Nothing is left to deliver where the lane was cut meanwhile. */
  private deliverNext(): void {
    const next = this.pending.shift();
    if (next === undefined) return;
    const { message } = next;
    if (message.kind === 'dropped') this.heard(message.key, message.droppedAtStep);
    for (const listener of this.listeners) listener(message);
  }

  private missed(): void {
    const { chronicle } = this.play();
    const at = chronicle.now();
    chronicle.hearings.push({ process: this.process, key: undefined, droppedAtStep: at.step, at });
    for (const listener of this.missedListeners) listener();
  }

  private heard(key: string, droppedAtStep: number): void {
    const { chronicle } = this.play();
    chronicle.hearings.push({ process: this.process, key, droppedAtStep, at: chronicle.now() });
  }
}
