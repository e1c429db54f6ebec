import calculateSlot from 'cluster-key-slot';
import { Cluster } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionBreaker } from '../../kernel/connection-breaker.js';
import type { Clock } from '../../kernel/clock.js';
import { TIMED_OUT } from '../../kernel/deadline.js';
import { StoreUnavailable } from '../../kernel/errors.js';
import { MAX_EXTENSIONS, stallTolerantTimeout } from '../../kernel/stall-tolerant-timeout.js';
import { WriteCoalescer } from './write-coalescer.js';
import { reconnectOnError, type RedisClient } from './redis-client.js';
import type { RedisScript } from './redis-script.js';

/** Why a command failed, as counted in the metrics. */
export type RedisErrorKind = 'timeout' | 'connection' | 'reply' | 'breaker_open';

export interface RedisConnectionOptions {
  readonly client: RedisClient;
  readonly clock: Clock;
  /** The longest a command may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly onError: (kind: RedisErrorKind) => void;
  /**
   * Called when the server, or a node of a cluster, becomes unavailable, and when all are back. At
   * most once per `PROBE_EVERY_MS`.
   */
  readonly onAvailabilityChange: (isUp: boolean) => void;
}

const OPENS_AFTER_FAILURES = 5;
const PROBE_EVERY_MS = 250;
/**
 * A connection that is open but silent for this long is replaced, in milliseconds. TCP alone would
 * take minutes to notice.
 */
const SILENT_FOR_MS = 2000;

/**
 * Error replies that mean that the server cannot serve. Other error replies mean that the command
 * was wrong.
 */
const CANNOT_SERVE = /^(LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|NOREPLICAS)/;
/**
 * Replies of a cluster whose slot is moving, or has moved to a node without a connection. The
 * command was not executed, and may succeed a moment later.
 */
const SLOT_MOVES = /^(TRYAGAIN|ASK|MOVED) /;
/** Replies of a server that executed nothing and may recover within a second. */
const NOT_EXECUTED = /^(TRYAGAIN|ASK|MOVED|LOADING|CLUSTERDOWN|MASTERDOWN) /;
/** The first wait before a command is sent again. Each wait is twice as long as the one before. */
const FIRST_RETRY_AFTER_MS = 4;
const MAX_RETRY_AFTER_MS = 32;

/** The server has not executed the command: it may be sent again. */
class NotExecuted extends StoreUnavailable {
  constructor(
    message: string,
    readonly kind: RedisErrorKind,
    /** `true`: a slot moves, and the command may succeed within milliseconds. */
    readonly slotMoves: boolean,
  ) {
    super(message);
  }
}

/** How `run` and `call` send a command. */
interface Sending<T> {
  readonly key: string;
  /** The longest wait, in milliseconds. `undefined` means the bound of one command. */
  readonly withinMs?: number | undefined;
  readonly onLate?: ((reply: T) => void) | undefined;
}

interface Node {
  readonly breaker: ConnectionBreaker;
  /** A key of this node, for the probe. */
  readonly key: string;
}

/**
 * Sends commands to Redis: each with a time bound, and none while the server is known to be
 * unavailable.
 *
 * Guarantees:
 * - `run` settles within `timeoutMs`, whatever the server does. Time in which this process was
 *   stalled does not count (`stall-tolerant-timeout.ts`).
 * - While the breaker is open, `run` rejects at once.
 * - A command that met a moving slot is sent again until its time is up. `callWithin` also sends
 *   a command again that the server has not executed for another reason.
 * - When the server answers again, it is used again, without a restart and without traffic.
 *
 * Does not guarantee: that a command which timed out was not executed. The server may execute it
 * later. Scripts must be safe for that.
 *
 * The file exceeds 220 lines because the probe and the commands share one state: the breakers and
 * the start of the failures. Two classes would have to agree on it at every reply.
 */
export class RedisConnection {
  /**
   * Each node of a cluster has a separate breaker, so that a dead node does not block the others.
   * The name '' stands for any node.
   */
  private readonly nodes = new Map<string, Node>();
  private readonly writeCoalescer: WriteCoalescer;
  private watch: NodeJS.Timeout | undefined;
  private failingSinceMs: number | undefined;
  private wasUp = true;

  constructor(private readonly options: RedisConnectionOptions) {
    // Without a listener ioredis prints to the console. Failures are counted per command.
    options.client.on('error', () => undefined);
    this.writeCoalescer = new WriteCoalescer(options.client);
  }

  get isUp(): boolean {
    return [...this.nodes.values()].every(({ breaker }) => !breaker.isOpen);
  }

  /**
   * False while the client connects. A command that is sent then fails, and would count as a
   * failure of the server.
   */
  get isOpen(): boolean {
    return this.options.client.status === 'ready';
  }

  /**
   * The longest time `run` takes, in milliseconds: the bound and its extensions for stalls of this
   * process.
   */
  get settlesWithinMs(): number {
    return this.options.timeoutMs * (1 + MAX_EXTENSIONS);
  }

  get isCluster(): boolean {
    return this.options.client.isCluster;
  }

  define({ name, keys, lua }: RedisScript): void {
    this.options.client.defineCommand(name, keys === 'any' ? { lua } : { numberOfKeys: keys, lua });
  }

  /** Starts to connect. A failure shows in `run`. */
  open(): void {
    this.options.client.connect().catch(() => undefined);
    this.watch = setInterval(() => void this.probe(), PROBE_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.watch);
    this.options.client.disconnect();
  }

  /** @throws {StoreUnavailable} for every kind of failure */
  run<T>(command: (client: RedisClient) => Promise<T>, key = '', onLate?: (reply: T) => void): Promise<T> {
    this.writeCoalescer.coalesceThisTick();
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
    // The caller of many keys has collected them during a tick already: to coalesce the write would
    // delay it by another tick.
    return script.keys === 'any'
      ? this.runNow(command, { key: keys[0] ?? '', onLate })
      : this.run(command, keys[0], onLate);
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
    return this.runNow((client) => send(client, script, keys, args), { key: keys[0] ?? '', withinMs, onLate });
  }

  /**
   * Sends past bound and breaker. For commands that follow a late reply: the server has just
   * replied, and no caller waits.
   */
  callUnbounded(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): void {
    send(this.options.client, script, keys, args).catch(() => undefined);
  }

  /**
   * Publishes past bound and breaker. The subscribers notice a message that is lost; the publisher
   * does not.
   */
  publishUnbounded(channel: string, message: string): void {
    this.options.client.publish(channel, message).catch(() => undefined);
  }

  private async runNow<T>(command: (client: RedisClient) => Promise<T>, sending: Sending<T>): Promise<T> {
    const { clock, timeoutMs } = this.options;
    const startMs = clock.nowMs();
    try {
      return await this.attempt(command, sending, timeoutMs);
    } catch (error) {
      if (!(error instanceof NotExecuted)) throw error;
      return this.repeat(command, sending, startMs, error);
    }
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
      const mayRepeat = failure.slotMoves || sending.withinMs !== undefined;
      if (!mayRepeat || clock.nowMs() + waitMs >= untilMs) throw this.refused(failure.kind, failure.message);
      await delay(waitMs);
      try {
        return await this.attempt(command, sending, Math.min(timeoutMs, Math.max(1, untilMs - clock.nowMs())));
      } catch (error) {
        if (!(error instanceof NotExecuted)) throw error;
        failure = error;
      }
    }
  }

  private async attempt<T>(
    command: (client: RedisClient) => Promise<T>,
    { key, onLate }: Sending<T>,
    boundMs: number,
  ): Promise<T> {
    const { client, clock } = this.options;
    const breaker = this.breakerOf(key);
    if (!breaker.tryAcquire()) throw new NotExecuted('the store is unavailable', 'breaker_open', false);
    try {
      const work = command(client);
      const reply = await stallTolerantTimeout(work, boundMs, () => clock.nowMs());
      if (reply === TIMED_OUT) {
        if (onLate !== undefined) work.then(onLate, () => undefined);
        throw this.failed(breaker, 'timeout', 'the store did not answer in time');
      }
      this.succeeded(breaker);
      return reply;
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      throw this.failedWith(breaker, error);
    }
  }

  /**
   * Handles a reply of which one part is an error. The breaker counts the reply as a success. The
   * client reconnects automatically only if a whole command fails, so this method decides about the
   * reconnect.
   */
  refusedPart(error: Error): StoreUnavailable {
    const { client } = this.options;
    if (reconnectOnError(error) && client.status === 'ready') client.disconnect(true);
    return this.refused('reply', 'the store refused a part of a command');
  }

  private breakerOf(key: string): ConnectionBreaker {
    const name = this.nodeOf(key);
    const known = this.nodes.get(name);
    if (known !== undefined) return known.breaker;
    const breaker = new ConnectionBreaker(this.options.clock, {
      opensAfter: OPENS_AFTER_FAILURES,
      probeEveryMs: PROBE_EVERY_MS,
    });
    this.nodes.set(name, { breaker, key });
    return breaker;
  }

  private nodeOf(key: string): string {
    const { client } = this.options;
    return client instanceof Cluster && key !== '' ? (client.slots[calculateSlot(key)]?.[0] ?? '') : '';
  }

  /**
   * Notices without traffic that the server is unavailable, or back. Replaces a connection that is
   * open but silent.
   */
  private async probe(): Promise<void> {
    const others = this.keysOfUnavailableNodes().map((key) => this.run((client) => client.exists(key), key));
    await Promise.allSettled([this.run((client) => client.ping()), ...others]);
    this.reportAvailabilityChange();
    const { client, clock } = this.options;
    if (this.failingSinceMs === undefined || clock.nowMs() - this.failingSinceMs < SILENT_FOR_MS) return;
    // In status `connect` the server has accepted the connection and sent nothing. It never becomes
    // ready, and it never ends.
    if (client.status !== 'ready' && client.status !== 'connect') return;
    this.failingSinceMs = clock.nowMs();
    client.disconnect(true);
  }

  /**
   * Returns one key of each unavailable node of a cluster. A node that lost its key to another node
   * gets no more commands: it is removed.
   */
  private keysOfUnavailableNodes(): string[] {
    const away = [...this.nodes].filter(([name, { breaker }]) => name !== '' && breaker.isOpen);
    for (const [name, { key }] of away) if (this.nodeOf(key) !== name) this.nodes.delete(name);
    return away.map(([, { key }]) => key);
  }

  private reportAvailabilityChange(): void {
    const { isUp } = this;
    if (isUp !== this.wasUp) this.options.onAvailabilityChange(isUp);
    this.wasUp = isUp;
  }

  private succeeded(breaker: ConnectionBreaker): void {
    this.failingSinceMs = undefined;
    breaker.succeeded();
  }

  private failed(breaker: ConnectionBreaker, kind: RedisErrorKind, message: string): StoreUnavailable {
    this.noteFailure(breaker);
    return this.refused(kind, message);
  }

  private noteFailure(breaker: ConnectionBreaker): void {
    this.failingSinceMs ??= this.options.clock.nowMs();
    breaker.failed();
  }

  private failedWith(breaker: ConnectionBreaker, error: unknown): StoreUnavailable {
    const reply = error instanceof Error && error.name === 'ReplyError' ? error.message : undefined;
    if (reply === undefined) return this.failed(breaker, 'connection', 'the store cannot be reached');
    // A script that met the refusal half-way names itself: a part of it was executed.
    const executed = !NOT_EXECUTED.test(reply) || reply.includes('script');
    if (CANNOT_SERVE.test(reply)) {
      this.noteFailure(breaker);
      const message = 'the store cannot serve now';
      return executed ? this.refused('reply', message) : new NotExecuted(message, 'reply', false);
    }
    this.succeeded(breaker);
    if (!executed) return new NotExecuted('the slot of the key moves', 'reply', SLOT_MOVES.test(reply));
    return this.refused('reply', 'the store refused a command');
  }

  private refused(kind: RedisErrorKind, message: string): StoreUnavailable {
    this.options.onError(kind);
    return new StoreUnavailable(message);
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
