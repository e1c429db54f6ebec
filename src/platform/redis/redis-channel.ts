import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Clock } from '../../kernel/clock.js';
import type { RedisClient } from './redis-client.js';

const BEAT_EVERY_MS = 400;
/**
 * How old the last own heartbeat may be for the channel to count as heard. The contract allows 2 s; the rest is for a process that is
 * slow to look at its clock.
 */
const HEARD_WITHIN_MS = 1500;
const REDIAL_AFTER_MS = 100;
/** Opens a heartbeat, and no other message. */
const BEAT = 'beat ';

export interface RedisChannelOptions {
  readonly name: string;
  readonly clock: Clock;
  /** Sends. */
  readonly client: RedisClient;
  /** Makes the connection that listens; it must not reconnect by itself. */
  readonly dial: (attempt: number) => Redis;
}

/**
 * Messages between the processes of a region, over a connection of its own.
 *
 * Not promised: delivery. A message sent while the connection is away is lost. What is promised is to notice: a lost connection is told
 * at once, and a silent one within 1.5 s, because every process sends itself heartbeats, and having heard the one it sent at t means
 * having heard everything sent before t.
 */
export class RedisChannel {
  readonly name: string;
  private readonly listeners = new Set<(message: string) => void>();
  private readonly lossListeners = new Set<() => void>();
  private readonly self = randomUUID();
  private subscriber: Redis | undefined;
  private beating: NodeJS.Timeout | undefined;
  private redialling: NodeJS.Timeout | undefined;
  private heardUpToMs = -Infinity;

  constructor(private readonly options: RedisChannelOptions) {
    this.name = options.name;
  }

  open(): void {
    this.listen(0);
    this.beating = setInterval(() => this.beat(), BEAT_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.beating);
    clearTimeout(this.redialling);
    this.subscriber?.removeAllListeners('end');
    this.subscriber?.disconnect();
  }

  /** Whether everything sent more than `HEARD_WITHIN_MS` ago has been heard. */
  isHeard(): boolean {
    return this.options.clock.nowMs() - this.heardUpToMs < HEARD_WITHIN_MS;
  }

  onMessage(listener: (message: string) => void): void {
    this.listeners.add(listener);
  }

  /** Called when messages may have been missed for good. */
  onLoss(listener: () => void): void {
    this.lossListeners.add(listener);
  }

  private listen(attempt: number): void {
    const subscriber = this.options.dial(attempt);
    this.subscriber = subscriber;
    subscriber.on('error', () => undefined);
    subscriber.on('message', (_channel: string, message: string) => this.hear(message));
    subscriber.once('end', () => this.lost(attempt));
    subscriber.once('ready', () => void this.subscribe(subscriber));
    subscriber.connect().catch(() => undefined);
  }

  private async subscribe(subscriber: Redis): Promise<void> {
    try {
      await subscriber.subscribe(this.name);
      // Whatever was sent until now, after the loss too, was sent to nobody.
      this.tellLoss();
      this.beat();
    } catch {
      subscriber.disconnect();
    }
  }

  private lost(attempt: number): void {
    this.heardUpToMs = -Infinity;
    this.tellLoss();
    this.redialling = setTimeout(() => this.listen(attempt + 1), REDIAL_AFTER_MS).unref();
  }

  private tellLoss(): void {
    for (const listener of this.lossListeners) listener();
  }

  private hear(message: string): void {
    if (!message.startsWith(BEAT)) {
      for (const listener of this.listeners) listener(message);
      return;
    }
    const [, self, sentAtMs] = message.split(' ');
    if (self === this.self) this.heardUpToMs = Math.max(this.heardUpToMs, Number(sentAtMs));
  }

  private beat(): void {
    this.options.client.publish(this.name, `${BEAT}${this.self} ${this.options.clock.nowMs()}`).catch(() => undefined);
  }
}
