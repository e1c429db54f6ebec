import { AxiosError } from 'axios';
import type { Clock } from '../../kernel/clock.js';
import { promiseWithResolvers } from '../../kernel/single-flight.js';
import { Attempt, type Response, type Send } from './attempt.js';
import { HeadTimes } from './head-times.js';
import type { WarmAgent } from './warm-agent.js';

/** A connection that delivered something this recently is not doubted. */
const TRUST_MS = 1000;
/** With these errors, a connection that was idle may have died before the request arrived. */
const CONNECTION_DIED = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']);
/** After the old connection answered first, no trial for this long. Doubled each time. */
const FIRST_REST_MS = 10_000;
const MAX_REST_MS = 600_000;

/**
 * Sends requests so that a connection which died while it was idle costs no failure. A load
 * balancer may drop idle connections without notice. The next request then gets a reset, or no
 * answer.
 *
 * All requests of origins are reads, so a second sending does no harm.
 *
 * Guarantees:
 * - A request that fails before its answer, on a connection that was idle or never used, is sent
 *   once more on a new connection.
 * - If an idle connection stays silent, one request is also sent on a new connection. If the new
 *   connection answers first, all idle connections are closed. All other requests that wait on a
 *   silent connection are also sent again.
 * - At most one trial runs within the timeout of a call. If the old connection answers first, the
 *   origin is only slow, and the next trial waits for at least 10 s.
 *
 * Does not guarantee: that an origin gets a request once. A trial sends it twice.
 */
export class ConnectionTrials {
  private readonly heads: HeadTimes;
  /** Calls on connections that may be dead. */
  private readonly doubtful = new Set<SentCall>();
  private restMs = FIRST_REST_MS;
  private noTrialUntilMs = -Infinity;

  constructor(
    readonly pool: WarmAgent,
    readonly clock: Clock,
    private readonly timeoutMs: number,
  ) {
    this.heads = new HeadTimes(timeoutMs);
  }

  send(send: Send): Promise<Response> {
    return new SentCall(send, this).result;
  }

  /** How long a call waits for its head before it is tried again. */
  get trialAfterMs(): number {
    return this.heads.unusualAfterMs;
  }

  /** Returns whether the call is on a connection that may be dead. */
  watch(call: SentCall, { socket }: Attempt): boolean {
    const isDoubtful = this.pool.silentMs(socket) >= TRUST_MS;
    if (isDoubtful) this.doubtful.add(call);
    return isDoubtful;
  }

  unwatch(call: SentCall): void {
    this.doubtful.delete(call);
  }

  headArrived({ socket }: Attempt, afterMs: number): void {
    this.pool.markProven(socket);
    this.heads.record(afterMs);
  }

  /**
   * A connection died while it was idle. The other idle connections are just as old, so they are
   * closed too.
   */
  connectionDied(): void {
    this.pool.closeIdle(TRUST_MS);
  }

  /** The call waited for an unusual time. Returns whether it may be tried again now. */
  mayTry(): boolean {
    const nowMs = this.clock.nowMs();
    if (nowMs < this.noTrialUntilMs) return false;
    this.noTrialUntilMs = nowMs + this.timeoutMs;
    return true;
  }

  /** A new connection answered before the old one. */
  newAnsweredFirst(): void {
    this.noTrialUntilMs = -Infinity;
    this.restMs = FIRST_REST_MS;
    this.connectionDied();
    for (const call of this.doubtful) call.sendAgain();
  }

  /** The old connection answered although a new one was tried: the origin is only slow. */
  oldAnsweredFirst(): void {
    this.noTrialUntilMs = this.clock.nowMs() + this.restMs;
    this.restMs = Math.min(MAX_REST_MS, this.restMs * 2);
  }
}

/** A request, on its first connection and perhaps on a second, new one. */
class SentCall {
  private readonly ends = promiseWithResolvers<Response>();
  readonly result = this.ends.promise;
  private readonly startedAtMs: number;
  private readonly first: Attempt;
  private second: Attempt | undefined;
  /** Attempts that have neither failed nor succeeded. */
  private open = 1;
  /** The first connection was open before the call. */
  private wasOpen = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly send: Send,
    private readonly trials: ConnectionTrials,
  ) {
    this.startedAtMs = trials.clock.nowMs();
    this.first = new Attempt(send, trials.pool.agent, {
      onSocket: () => this.connected(),
      onHead: () => this.headArrived(this.first),
    });
    this.first.response.then(
      (response) => this.succeeded(response),
      (error: unknown) => this.firstFailed(error),
    );
  }

  /** Sends the request on a new connection too, unless an answer has begun. */
  sendAgain(): void {
    if (this.second !== undefined || this.first.hasHead) return;
    this.open++;
    const second: Attempt = new Attempt(this.send, this.trials.pool.freshAgent, {
      onSocket: noop,
      onHead: () => this.headArrived(second),
    });
    this.second = second;
    second.response.then(
      (response) => this.succeeded(response),
      (error: unknown) => this.attemptFailed(error),
    );
  }

  private connected(): void {
    this.wasOpen = this.trials.pool.isProven(this.first.socket);
    if (this.wasOpen && this.trials.watch(this, this.first)) this.startTimer();
  }

  private startTimer(): void {
    this.timer = setTimeout(() => {
      if (this.trials.mayTry()) this.sendAgain();
      else if (this.second === undefined) this.startTimer();
    }, this.trials.trialAfterMs);
  }

  /** The first head decides. The other attempt is closed. */
  private headArrived(attempt: Attempt): void {
    this.stopWatching();
    this.trials.headArrived(attempt, this.trials.clock.nowMs() - this.startedAtMs);
    if (this.second === undefined) return;
    const isNew = attempt === this.second;
    if (isNew) this.trials.newAnsweredFirst();
    else this.trials.oldAnsweredFirst();
    (isNew ? this.first : this.second).abandon();
  }

  private succeeded(response: Response): void {
    this.stopWatching();
    this.ends.resolve(response);
  }

  private firstFailed(error: unknown): void {
    if (this.second === undefined && this.diedIdle(error)) {
      this.trials.connectionDied();
      this.sendAgain();
    }
    this.attemptFailed(error);
  }

  /** The last attempt that fails ends the call. */
  private attemptFailed(error: unknown): void {
    this.open--;
    if (this.open > 0) return;
    this.stopWatching();
    this.ends.reject(error instanceof Error ? error : new Error('the call failed'));
  }

  private diedIdle(error: unknown): boolean {
    const code = error instanceof AxiosError ? (error.code ?? '') : '';
    return this.wasOpen && !this.first.hasHead && CONNECTION_DIED.has(code);
  }

  private stopWatching(): void {
    clearTimeout(this.timer);
    this.trials.unwatch(this);
  }
}

function noop(): void {
  // A new connection is not in doubt.
}
