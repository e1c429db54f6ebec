import type { Clock } from '../kernel/clock.js';
import { TIMED_OUT, withTimeout } from '../kernel/deadline.js';
import { OriginFailure } from '../kernel/errors.js';
import type { OriginMetrics, OriginOutcome } from './origin.metrics.js';
import type { OriginCall } from './origin-driver.js';
import type { OriginAnswer } from './origin.js';

/**
 * How long a timed-out call stays open. Only the end of the call shows that the origin has finished
 * with it.
 */
const ABANDON_AFTER_MS = 30_000;

/** The metrics of calls. */
export type CallMetrics = Pick<OriginMetrics, 'systemDeclared' | 'callStarted' | 'callEnded' | 'callAnswered'>;

/** The part of a call that differs between drivers. */
export interface Exchange<R> {
  readonly send: (signal: AbortSignal) => Promise<R>;
  /** Rejects with `OriginFailure` when the reply is not a usable answer. */
  readonly parse: (reply: R) => Promise<OriginAnswer>;
  /** Turns an error of `send` or `parse` into the failure that the caller gets. */
  readonly toFailure: (error: unknown) => OriginFailure;
}

/**
 * Runs the calls of one system: timeout, end, metrics. Every driver uses it.
 *
 * Guarantees:
 * - An answer settles within its timeout, plus the time that `parse` takes.
 * - A call that timed out stays open until the origin has replied, for at most 30 s.
 * - Each call is counted once, with its outcome and duration.
 */
export class CallTracker {
  constructor(
    private readonly system: string,
    private readonly clock: Clock,
    private readonly metrics: CallMetrics,
  ) {
    metrics.systemDeclared(system);
  }

  begin<R>(exchange: Exchange<R>, timeoutMs: number): OriginCall<OriginAnswer> {
    const startedAtMs = this.clock.nowMs();
    const abort = new AbortController();
    const abandonTimer = setTimeout(() => abort.abort(), timeoutMs + ABANDON_AFTER_MS).unref();
    this.metrics.callStarted(this.system);
    const reply = exchange.send(abort.signal);
    const ended = reply.then(noop, noop).finally(() => {
      clearTimeout(abandonTimer);
      this.metrics.callEnded(this.system);
    });
    const answer = this.answerInTime(reply, exchange, startedAtMs, timeoutMs);
    return { answer, ended, abandon: () => abort.abort() };
  }

  private async answerInTime<R>(
    pending: Promise<R>,
    { parse, toFailure }: Exchange<R>,
    startedAtMs: number,
    timeoutMs: number,
  ): Promise<OriginAnswer> {
    let outcome: OriginOutcome = 'error';
    let repliedAtMs: number | undefined;
    try {
      const reply = await withTimeout(pending, timeoutMs);
      if (reply === TIMED_OUT)
        throw new OriginFailure('origin_timeout', 'the origin did not answer in time', { fault: 'timeout' });
      repliedAtMs = this.clock.nowMs();
      const answer = await parse(reply);
      outcome = answer.body === undefined ? 'not_found' : 'ok';
      return answer;
    } catch (error) {
      const failure = error instanceof OriginFailure ? error : toFailure(error);
      outcome = outcomeOf(failure);
      throw failure;
    } finally {
      const endedAtMs = repliedAtMs ?? this.clock.nowMs();
      this.metrics.callAnswered(this.system, outcome, (endedAtMs - startedAtMs) / 1000);
    }
  }
}

function noop(): void {
  // The answer reports how the call ended.
}

function outcomeOf({ code, details }: OriginFailure): OriginOutcome {
  if (details.refusedToken !== undefined) return 'token_refused';
  if (code === 'origin_timeout') return 'timeout';
  return code === 'origin_rate_limited' ? 'rate_limited' : 'error';
}
