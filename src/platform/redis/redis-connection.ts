import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock.js';
import { TIMED_OUT } from '../../kernel/deadline.js';
import type { StoreUnavailable } from '../../kernel/errors.js';
import { MAX_EXTENSIONS, stallTolerantTimeout } from '../../kernel/stall-tolerant-timeout.js';
import { commandFailure, FailedCommand, noteRefusal, NotExecuted, type RedisErrorKind } from './command-failure.js';
import { StoreHistory, type StoreHistoryOptions } from './history/store-history.js';
import type { NodeHealth } from './node-health.js';
import type { RedisClient } from './redis-client.js';
import { faultOf, LOST_FAULT, TIMED_OUT_FAULT } from './redis-fault.js';
import type { DataLoss } from './history/data-loss.js';
import { RedisLink } from './redis-link.js';
import type { RedisScript } from './redis-script.js';
import { SeenText } from './seen-text.js';

export interface RedisConnectionOptions {
  readonly client: RedisClient;
  readonly clock: Clock;
  /** The longest a command may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly onError: (kind: RedisErrorKind) => void;
  /** Called when the store lost data that it had acknowledged, or may have lost it. */
  readonly onLoss: (loss: DataLoss) => void;
  /** How many replicas must have an invalidation or a claim before it is acknowledged. */
  readonly waitReplicas: number;
}

/** The first wait before a command is sent again. Each further wait is twice as long. */
const FIRST_RETRY_AFTER_MS = 4;
const MAX_RETRY_AFTER_MS = 32;
const NO_TEXTS: readonly SeenText[] = [];

/** How `run` and `call` send a command. */
interface Sending<T> {
  readonly key: string;
  /** The longest wait, in milliseconds. `undefined` means the bound of one command. */
  readonly withinMs?: number | undefined;
  readonly onLate?: ((reply: T) => void) | undefined;
}

/**
 * Sends commands to Redis: each with a time bound, and none while the server is known to be
 * unavailable.
 *
 * Guarantees:
 * - `run` settles within `timeoutMs`, whatever the server does. Time in which this process was
 *   stalled does not count (`stall-tolerant-timeout.ts`).
 * - While the breaker of a node is open, commands for this node are rejected at once. Commands for
 *   other nodes are sent.
 * - A command that met a moving slot is sent again until its time is up. `callWithin` also sends
 *   a command again that the server has not executed for another reason.
 *
 * Does not guarantee: that a command which timed out was not executed. The server may execute it
 * later. Scripts must be safe for that.
 *
 * The file exceeds 220 lines because half of it says what callers may rely on.
 */
export class RedisConnection {
  /** The clients and the health of each node. `RedisWatch` keeps it up to date. */
  readonly link: RedisLink;
  /** Notices a server that came back with older data. */
  readonly history: StoreHistory;
  private readonly seen: SeenText[] = [];

  constructor(private readonly options: RedisConnectionOptions) {
    const { client, clock, timeoutMs: holdMs, onLoss, waitReplicas } = options;
    this.link = new RedisLink(client, clock);
    const call: StoreHistoryOptions['call'] = (script, keys, args) => this.call(script, keys, args);
    this.history = new StoreHistory({ link: this.link, clock, holdMs, waitReplicas, onLoss, call });
    for (const script of StoreHistory.SCRIPTS) this.define(script);
  }

  get isUp(): boolean {
    return this.link.isUp;
  }

  /**
   * False while the client connects. A command that is sent then fails, and would count as a
   * failure of the server.
   */
  get isOpen(): boolean {
    return this.link.isAdmitted;
  }

  /**
   * The longest time `run` takes, in milliseconds: the bound and its extensions for stalls of this
   * process.
   */
  get settlesWithinMs(): number {
    return this.options.timeoutMs * (1 + MAX_EXTENSIONS);
  }

  /**
   * Whether Redis is a cluster. May change once, from false to true, before the first command is
   * admitted.
   */
  get isCluster(): boolean {
    return this.link.client.isCluster;
  }

  define(script: RedisScript): void {
    this.link.define(script);
  }

  /** The texts that a script with many keys reads along with its own keys. None in a cluster. */
  get seenTexts(): readonly SeenText[] {
    return this.isCluster ? NO_TEXTS : this.seen;
  }

  /** Lets the scripts of other features read a text along. */
  seeText(key: string): SeenText {
    const text = new SeenText(key, this.options.clock);
    this.seen.push(text);
    return text;
  }

  /**
   * @param key a key of the command, which tells the node in a cluster. Without a key, the failures
   *   of one node would count for all.
   * @throws {StoreUnavailable} for every kind of failure
   */
  run<T>(command: (client: RedisClient) => Promise<T>, key: string, onLate?: (reply: T) => void): Promise<T> {
    this.link.coalesceThisTick();
    return this.runNow(command, { key, onLate });
  }

  /** @throws {StoreUnavailable} for every kind of failure */
  call(
    script: RedisScript,
    keys: readonly string[],
    args: readonly (string | number)[],
    onLate?: (reply: unknown) => void,
  ): Promise<unknown> {
    const command = (client: RedisClient): Promise<unknown> => send(client, script, keys, args);
    const key = keys[0] ?? '';
    // The caller of a script with many keys has already collected the keys during a tick. To
    // coalesce the write would delay the script by another tick.
    return script.keys === 'any' ? this.runNow(command, { key, onLate }) : this.run(command, key, onLate);
  }

  /** Sends the commands that wait for the end of this tick. */
  sendNow(): void {
    this.link.sendNow();
  }

  /**
   * Like `call`, for a caller that would rather wait than fail. While the server executes nothing
   * (a slot moves, a node is replaced, the breaker is open), the script is sent again until
   * `withinMs` is over. A script that may have been executed is never sent again.
   *
   * @throws {StoreUnavailable} for every kind of failure
   */
  callWithin(
    withinMs: number,
    script: RedisScript,
    keys: readonly string[],
    args: readonly (string | number)[],
    onLate?: (reply: unknown) => void,
  ): Promise<unknown> {
    this.link.coalesceThisTick();
    return this.runNow((client) => send(client, script, keys, args), { key: keys[0] ?? '', withinMs, onLate });
  }

  /**
   * Like `run`, for a caller that would rather wait than fail. See `callWithin`.
   *
   * @throws {StoreUnavailable} for every kind of failure
   */
  runWithin<T>(withinMs: number, command: (client: RedisClient) => Promise<T>, key: string): Promise<T> {
    this.link.coalesceThisTick();
    return this.runNow(command, { key, withinMs });
  }

  /**
   * Sends a command without the time bound and the breaker. For commands that follow a late reply:
   * the server has just replied, and no caller waits.
   */
  callUnbounded(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): void {
    send(this.link.client, script, keys, args).catch(() => undefined);
  }

  /**
   * Publishes without the time bound and the breaker. The subscribers notice a message that is
   * lost; the publisher does not.
   */
  publishUnbounded(channel: string, message: string): void {
    if (!this.isOpen) return;
    this.link
      .publisher()
      .publish(channel, message)
      .catch((error: unknown) => this.channelRefused(error));
  }

  /** Notes that events cannot travel, if the error says that the user may not use the channel. */
  channelRefused(error: unknown): void {
    const fault = faultOf(error);
    if (fault?.code === 'NOPERM') this.link.channelFault = fault;
  }

  /** Notes that an event has travelled. */
  channelWorks(): void {
    this.link.channelFault = undefined;
  }

  /**
   * Handles a reply of which one part is an error. The breaker counts the reply as a success.
   *
   * @param key the key of the part
   */
  refusedPart(error: Error, key: string): StoreUnavailable {
    const fault = faultOf(error);
    if (fault !== undefined) noteRefusal(this.link.healthOf(key), fault);
    return this.counted(new FailedCommand('the store refused a part of a command', 'reply'));
  }

  /**
   * Sends a command. If Redis did not execute it, sends it again, unless `isRepetition`. The first
   * attempt and its repetition share one function, because a hit must not cost a further promise.
   */
  private async runNow<T>(
    command: (client: RedisClient) => Promise<T>,
    sending: Sending<T>,
    boundMs = this.options.timeoutMs,
    isRepetition = false,
  ): Promise<T> {
    const { clock } = this.options;
    const { link } = this;
    const startMs = clock.nowMs();
    const health = link.healthOf(sending.key);
    let failure: FailedCommand;
    if (!health.breaker.tryAcquire()) failure = new NotExecuted('the store is unavailable', 'breaker_open');
    else if (!link.isAdmitted) failure = this.notConnected(health);
    else
      try {
        const work = command(link.client);
        const reply = await stallTolerantTimeout(work, boundMs, () => clock.nowMs());
        if (reply !== TIMED_OUT) {
          health.succeeded();
          return reply;
        }
        if (sending.onLate !== undefined) work.then(sending.onLate, () => undefined);
        // The end of the caller's time says nothing about the node.
        if (boundMs >= this.options.timeoutMs) health.failed(TIMED_OUT_FAULT);
        failure = new FailedCommand('the store did not answer in time', 'timeout');
      } catch (error) {
        failure = this.failure(health, error);
      }
    if (isRepetition) throw failure;
    if (failure instanceof NotExecuted) return this.repeat(command, sending, startMs, failure);
    throw this.counted(failure);
  }

  /** Sends a command again that was not executed, until its time is up. */
  private async repeat<T>(
    command: (client: RedisClient) => Promise<T>,
    sending: Sending<T>,
    startMs: number,
    first: NotExecuted,
  ): Promise<T> {
    const { clock, timeoutMs } = this.options;
    const untilMs = startMs + (sending.withinMs ?? timeoutMs);
    let failure = first;
    for (let waitMs = FIRST_RETRY_AFTER_MS; ; waitMs = Math.min(2 * waitMs, MAX_RETRY_AFTER_MS)) {
      const mayRepeat = failure.slotMoves !== undefined || sending.withinMs !== undefined;
      if (!mayRepeat || clock.nowMs() + waitMs >= untilMs) throw this.counted(this.givenUp(failure, sending.key));
      await delay(waitMs);
      try {
        const leftMs = Math.max(1, untilMs - clock.nowMs());
        return await this.runNow(command, sending, Math.min(timeoutMs, leftMs), true);
      } catch (error) {
        if (!(error instanceof FailedCommand)) throw error;
        if (!(error instanceof NotExecuted)) throw this.counted(error);
        failure = error;
      }
    }
  }

  /** A node that commands are redirected to, and that takes no connection, is failing. */
  private givenUp(failure: NotExecuted, key: string): FailedCommand {
    if (failure.slotMoves !== 'redirected') return failure;
    const health = this.link.healthOf(key);
    health.failed(health.dialFault ?? LOST_FAULT);
    return new FailedCommand('the store cannot be reached', 'connection');
  }

  private notConnected(health: NodeHealth): NotExecuted {
    health.failed(this.link.dialFault ?? LOST_FAULT);
    return new NotExecuted('the store is not connected', 'connection');
  }

  private failure(health: NodeHealth, error: unknown): FailedCommand {
    const failure = commandFailure(health, error);
    if (failure instanceof NotExecuted && failure.slotMoves === 'redirected') this.link.isRedirected = true;
    return failure;
  }

  /** Counts a failure that a caller gets. */
  private counted(failure: FailedCommand): FailedCommand {
    this.options.onError(failure.kind);
    return failure;
  }
}

function send(
  client: RedisClient,
  script: RedisScript,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  const defined = client as unknown as Record<string, (...args: (string | number)[]) => Promise<unknown>>;
  const command = defined[script.name] as (...args: (string | number)[]) => Promise<unknown>;
  return script.keys === 'any'
    ? command.call(client, keys.length, ...keys, ...args)
    : command.call(client, ...keys, ...args);
}
