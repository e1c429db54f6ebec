import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import type { Clock, WallClock } from '../kernel/clock.js';
import type { RedisConnection } from '../platform/redis/redis-connection.js';
import { EventBus, MAX_UNHEARD_MS, type EventHandler } from './event-bus.js';
import type { EventEnvelope, EventMap, EventType } from './events.js';
import { decodeMessage, encodeMessage, KEY_LAYOUT, type BusMessage, type Heartbeat } from './internal/bus-message.js';
import { createEvent } from './internal/create-event.js';
import { EventHandlers } from './internal/event-handlers.js';
import { OlderProcesses } from './internal/older-processes.js';

const HEARTBEAT_EVERY_MS = 400;
/** A connection on which no heartbeat has arrived for this long is replaced, in milliseconds. */
const SILENT_FOR_MS = 3000;
/**
 * The wait before the first attempt to connect again. The wait doubles until a heartbeat arrives.
 */
const REDIAL_AFTER_MS = 100;
const MAX_REDIAL_AFTER_MS = 5000;

export interface RedisEventBusOptions {
  readonly region: string;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  /** Publishes. */
  readonly connection: RedisConnection;
  /**
   * Creates the connection that subscribes. This connection must not reconnect automatically,
   * because a reconnect hides a loss.
   */
  readonly createSubscriber: (attempt: number) => Redis;
}

/**
 * The event bus of a region: one Redis channel, on a separate connection.
 *
 * Guarantees:
 * - If the connection breaks, the loss listeners run at once. The listeners run once more when the
 *   bus has subscribed again.
 * - If the connection falls silent, `isHeard` is false within `MAX_UNHEARD_MS`. Each process
 *   publishes a heartbeat every 400 ms and receives it on the same channel. A process that has
 *   received its own heartbeat of time t has received every earlier message.
 * - A connection that is silent for 3 s is replaced by one to the next address.
 *
 * Does not guarantee:
 * - Delivery. Redis stores no message for a subscriber that is away.
 * - In a cluster, that a loss is noticed. Nodes forward messages to each other without
 *   acknowledgement, so `noticesEveryLoss` is false in a cluster.
 */
export class RedisEventBus extends EventBus {
  /**
   * A script publishes on this channel, so that the event leaves together with the script's write.
   */
  readonly channel: string;
  private readonly handlers = new EventHandlers();
  private readonly lossListeners = new Set<() => void>();
  private readonly process = randomUUID();
  private subscriber: Redis | undefined;
  private heartbeatTimer: NodeJS.Timeout | undefined;
  private redialTimer: NodeJS.Timeout | undefined;
  private heardUpToMs = -Infinity;
  private dialledAtMs = -Infinity;
  /** Attempts to connect since the last heartbeat arrived. */
  private unheardAttempts = 0;
  private attempts = 0;
  private readonly older: OlderProcesses;

  constructor(private readonly options: RedisEventBusOptions) {
    super();
    this.channel = `datadip:${options.region}`;
    this.older = new OlderProcesses(options.clock);
  }

  get noticesEveryLoss(): boolean {
    return !this.options.connection.isCluster;
  }

  open(): void {
    this.connect();
    this.heartbeatTimer = setInterval(() => this.beat(), HEARTBEAT_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.heartbeatTimer);
    clearTimeout(this.redialTimer);
    this.subscriber?.removeAllListeners('end');
    this.subscriber?.disconnect();
  }

  publish<T extends EventType>(type: T, tenant: string, data: EventMap[T]): void {
    const event = this.createEvent(type, tenant, data);
    this.deliver(event);
    this.send(event);
  }

  /** Creates an event that a script will publish. */
  createEvent<T extends EventType>(type: T, tenant: string, data: EventMap[T]): EventEnvelope<T> {
    const { region, wallClock } = this.options;
    return createEvent(type, { tenant, region, atMs: wallClock.nowMs() }, data);
  }

  /** The text of the message that a script publishes for an event. */
  encode(event: EventEnvelope): string {
    return encodeMessage(event);
  }

  /**
   * Delivers an event to the handlers in this process now, before its message comes back from
   * Redis.
   */
  deliver(event: EventEnvelope): void {
    this.handlers.deliver(event);
  }

  subscribe<T extends EventType>(type: T, handler: EventHandler<T>): void {
    this.handlers.add(type, handler);
  }

  onLoss(listener: () => void): void {
    this.lossListeners.add(listener);
  }

  isHeard(nowMs = this.options.clock.nowMs()): boolean {
    return nowMs - this.heardUpToMs < MAX_UNHEARD_MS;
  }

  get deliveredUpToMs(): number {
    return this.heardUpToMs;
  }

  /**
   * True if a process of the region may run that uses the stored keys of an earlier version. True
   * too while this process does not know.
   */
  mayHaveOlderProcess(): boolean {
    return !this.isHeard() || this.older.mayExist();
  }

  private connect(): void {
    const subscriber = this.options.createSubscriber(this.attempts);
    this.attempts += 1;
    this.unheardAttempts += 1;
    this.dialledAtMs = this.options.clock.nowMs();
    this.subscriber = subscriber;
    subscriber.on('error', () => undefined);
    subscriber.on('message', (_channel: string, text: string) => this.receive(text));
    subscriber.once('end', () => this.disconnected());
    subscriber.once('ready', () => void this.subscribeOn(subscriber));
    subscriber.connect().catch(() => undefined);
  }

  private async subscribeOn(subscriber: Redis): Promise<void> {
    try {
      await subscriber.subscribe(this.channel);
      // The process missed every message that was published since the disconnect, until now.
      this.reportLoss();
      this.sendHeartbeat();
    } catch (error) {
      this.options.connection.channelRefused(error);
      subscriber.disconnect();
    }
  }

  private disconnected(): void {
    this.heardUpToMs = -Infinity;
    this.reportLoss();
    const waitMs = Math.min(REDIAL_AFTER_MS * 2 ** Math.min(this.unheardAttempts - 1, 10), MAX_REDIAL_AFTER_MS);
    this.redialTimer = setTimeout(() => this.connect(), Math.max(REDIAL_AFTER_MS, waitMs)).unref();
  }

  /** Sends a heartbeat. Replaces a connection on which none arrives. */
  private beat(): void {
    this.sendHeartbeat();
    const heardMs = Math.max(this.heardUpToMs, this.dialledAtMs);
    if (this.options.clock.nowMs() - heardMs < SILENT_FOR_MS) return;
    this.dialledAtMs = this.options.clock.nowMs();
    this.subscriber?.disconnect();
  }

  private reportLoss(): void {
    this.older.lost();
    for (const listener of this.lossListeners) listener();
  }

  private receive(text: string): void {
    const message = decodeMessage(text);
    if (message === undefined) this.older.heard();
    else if (message.type === 'heartbeat') this.receiveHeartbeat(message);
    else this.deliver(message);
  }

  private receiveHeartbeat({ process, sentAtMs, layout }: Heartbeat): void {
    if (layout !== KEY_LAYOUT) this.older.heard();
    if (process === this.process) this.heard(sentAtMs);
  }

  private heard(sentAtMs: number): void {
    this.heardUpToMs = Math.max(this.heardUpToMs, sentAtMs);
    this.unheardAttempts = 0;
    this.older.listens();
    this.options.connection.channelWorks();
  }

  private sendHeartbeat(): void {
    this.send({ type: 'heartbeat', process: this.process, sentAtMs: this.options.clock.nowMs(), layout: KEY_LAYOUT });
  }

  private send(message: BusMessage): void {
    this.options.connection.publishUnbounded(this.channel, encodeMessage(message));
  }
}
