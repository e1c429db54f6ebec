import { setTimeout as delay } from 'node:timers/promises';
import type { Priority } from '../../config/config.js';
import type { OriginCall } from '../origin-call.js';
import type { Clock } from '../../kernel/clock.js';
import type { Deadline } from '../../kernel/deadline.js';
import { OriginFailure, NotAdmitted, type DegradedReason } from '../../kernel/errors.js';
import { fullJitterMs } from '../../kernel/jitter.js';
import type { ShedReason } from '../../platform/metrics/metrics.js';
import type { Bulkhead } from './bulkhead.js';
import { AbandonedCalls } from './internal/abandoned-calls.js';
import type { AdaptiveLimit, CallEnd } from './internal/adaptive-limit.js';
import type { ScheduledLimits } from './internal/scheduled-limits.js';
import { Circuit, type CircuitPass } from './internal/circuit.js';
import { PrioritySemaphore, type Permit } from './internal/priority-semaphore.js';
import { RetryAfterBackoff } from './internal/retry-after-backoff.js';
import type { RateLimiter } from './internal/rate-limiter.js';
import type { MeasuredCall } from './internal/samples.js';
import type { ShedLog } from './internal/shed-log.js';

/** Who wants to call, as far as the budget cares. */
export interface Demand {
  readonly priority: Priority;
  /** The caller's; it bounds what is waited for, not the call. */
  readonly deadline: Deadline;
  /** Of the lookup it is for; absent: it may use whatever the system bears. */
  readonly bulkhead?: Bulkhead | undefined;
}

export interface OriginBudgetParts {
  readonly system: string;
  /** Whose calls its own are counted among: of systems that share a client, the client's. */
  readonly account: string;
  /** How long an ivr caller may wait for its turn. 0: not at all. */
  readonly queueMs: number;
  /** Of calls at a time and of calls a second. */
  readonly backgroundShare: number;
  readonly ceilings: ScheduledLimits;
  /** Absent: the ceiling is the limit. */
  readonly adaptive: AdaptiveLimit | undefined;
  readonly ledger: RateLimiter;
  readonly shedLog: ShedLog;
  readonly clock: Clock;
  /** In [0, 1]: what part of a back-off is waited, here and in the parts. */
  readonly random: () => number;
}

/** Everything one call was admitted on. */
interface Admitted {
  readonly permit: Permit;
  readonly pass: CircuitPass;
}

const NO_PLACE: Permit = { release: () => undefined };

/** More waiting than this is a spike in which most would wait in vain. */
const MOST_WAITING = 1000;
/** A call that never reached the origin is made again so often, if there is time. */
const MOST_ATTEMPTS = 3;
const FIRST_BACKOFF_MS = 50;
const MOST_BACKOFF_MS = 100;
/** A further attempt must have at least this much time left to be worth making. */
const WORTH_TRYING_MS = 100;

const WORDS: Record<ShedReason, DegradedReason> = {
  concurrency: 'shed',
  queue: 'shed',
  rate: 'shed',
  paused: 'origin_rate_limited',
  circuit: 'circuit_open',
};

/**
 * What one system of record may be asked, and by whom: asked before every call.
 *
 * Promised: a call is made only while circuit, pause, concurrency and rate all admit it; who is turned away learns it at once, ivr callers
 * within `queueMs`; a permit is held until the origin has really answered, not until its caller has gone; a call that never arrived is
 * made again after a random back-off, and asks for everything anew.
 * Not promised: that an admitted call succeeds.
 */
export class OriginBudget {
  private readonly permits: PrioritySemaphore;
  private readonly circuit: Circuit;
  private readonly refusals: RetryAfterBackoff;
  private readonly abandoned: AbandonedCalls;

  constructor(private readonly parts: OriginBudgetParts) {
    this.permits = new PrioritySemaphore({
      limit: () => this.limit,
      backgroundShare: parts.backgroundShare,
      mostWaiting: MOST_WAITING,
    });
    this.circuit = new Circuit(parts.clock, parts.random);
    this.refusals = new RetryAfterBackoff(parts.random);
    this.abandoned = new AbandonedCalls(() => Math.max(1, Math.floor(this.limit / 2)));
  }

  /** Calls that may be in flight now. */
  get limit(): number {
    return this.parts.adaptive?.limit ?? this.parts.ceilings.now().maxConcurrent;
  }

  /**
   * Makes the call if the budget admits it.
   *
   * @throws {NotAdmitted} when it does not; what the call rejects with when it was made
   */
  async spend<T>(spender: Demand, begin: () => OriginCall<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const admitted = await this.admit(spender);
      try {
        return await this.make(admitted, begin);
      } catch (error) {
        if (!(error instanceof OriginFailure) || error.details.neverArrived !== true) throw error;
        const backoffMs = fullJitterMs(FIRST_BACKOFF_MS, MOST_BACKOFF_MS, attempt - 1, this.parts.random());
        const leftMs = spender.deadline.remainingMs() - backoffMs;
        if (attempt >= MOST_ATTEMPTS || leftMs < WORTH_TRYING_MS) throw error;
        await delay(backoffMs);
      }
    }
  }

  private async admit(spender: Demand): Promise<Admitted> {
    if (this.parts.ledger.isPaused(this.parts.account)) throw this.turnedAway('paused', spender);
    const pass = this.circuit.admit();
    if (pass === undefined) throw this.turnedAway('circuit', spender);
    const place = spender.bulkhead === undefined ? NO_PLACE : spender.bulkhead.enter();
    if (place === undefined) throw this.turnedAway('concurrency', spender, pass);
    const untilMs = this.parts.clock.nowMs() + this.patienceMs(spender);
    const permit = this.permits.take(spender.priority) ?? (await this.queued(untilMs));
    if (permit === undefined) {
      place.release();
      throw this.turnedAway(spender.priority === 'ivr' ? 'queue' : 'concurrency', spender, pass);
    }
    const refused = (await this.turn(spender, untilMs)) ?? this.refusedMeanwhile(pass);
    if (refused === undefined) return { permit: both(permit, place), pass };
    both(permit, place).release();
    throw this.turnedAway(refused, spender, pass);
  }

  /** Waits for a turn at the rate of the region. Absent: it has come. */
  private async turn({ priority }: Demand, untilMs: number): Promise<ShedReason | undefined> {
    const { account, ledger, ceilings, backgroundShare, clock } = this.parts;
    const { maxPerSecond, maxPerMinute } = ceilings.now();
    const verdict = await ledger.acquire({
      account,
      maxPerSecond,
      maxPerMinute,
      share: priority === 'background' ? backgroundShare : 1,
      waitMs: Math.max(0, untilMs - clock.nowMs()),
    });
    if (verdict.kind !== 'go') return verdict.kind;
    if (verdict.afterMs > 0) await delay(verdict.afterMs);
    return undefined;
  }

  /** What has come up while the spender waited for a permit or a turn. */
  private refusedMeanwhile(pass: CircuitPass): ShedReason | undefined {
    if (this.parts.ledger.isPaused(this.parts.account)) return 'paused';
    return pass.holds() ? undefined : 'circuit';
  }

  /** How long the spender can wait and still have the answer in time, going by what the origin usually takes. */
  private patienceMs({ priority, deadline }: Demand): number {
    if (priority !== 'ivr') return 0;
    const usualMs = this.parts.adaptive?.usualMs ?? 0;
    return Math.max(0, Math.min(this.parts.queueMs, deadline.remainingMs() - usualMs));
  }

  private queued(untilMs: number): Promise<Permit | undefined> {
    const boundMs = untilMs - this.parts.clock.nowMs();
    if (boundMs <= 0) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const leave = this.permits.queue((permit) => {
        clearTimeout(timer);
        resolve(permit);
      });
      const timer = setTimeout(
        () => {
          leave?.();
          resolve(undefined);
        },
        leave === undefined ? 0 : boundMs,
      );
    });
  }

  private turnedAway(reason: ShedReason, { priority }: Demand, pass?: CircuitPass): NotAdmitted {
    pass?.unused();
    this.parts.shedLog.shed(this.parts.system, reason, priority);
    return new NotAdmitted(WORDS[reason], `the budget admits no call (${reason})`);
  }

  private async make<T>({ permit, pass }: Admitted, begin: () => OriginCall<T>): Promise<T> {
    const call = beginOr(begin, () => {
      permit.release();
      pass.unused();
    });
    const measured = this.parts.adaptive?.began();
    const judged = call.answer.then(
      () => this.answered(pass),
      (error: unknown) => this.failed(error, pass),
    );
    void this.hold(call, judged, permit, measured);
    await judged;
    return call.answer;
  }

  /** Keeps the permit until the origin is done with the call, which may be long after its caller has gone. */
  private async hold(
    call: OriginCall<unknown>,
    judged: Promise<CallEnd | 'late'>,
    permit: Permit,
    measured: MeasuredCall | undefined,
  ): Promise<void> {
    const end = await judged;
    if (end === 'late') this.abandoned.add(call);
    await call.ended;
    this.abandoned.ended(call);
    // A late answer is one as well: it says how slow the origin is.
    if (measured !== undefined) this.parts.adaptive?.ended(measured, end === 'late' ? 'answered' : end);
    permit.release();
  }

  private answered(pass: CircuitPass): CallEnd {
    pass.answered();
    this.refusals.answered();
    return 'answered';
  }

  private failed(error: unknown, pass: CircuitPass): CallEnd | 'late' {
    const failure = error instanceof OriginFailure ? error : new OriginFailure('origin_error', 'the call failed');
    if (failure.details.alive === true) pass.answered();
    else pass.failed();
    const pauseMs = this.refusals.refused(failure);
    if (pauseMs !== undefined) void this.parts.ledger.pause(this.parts.account, pauseMs);
    if (failure.details.refused === true) return 'refused';
    return failure.code === 'origin_timeout' ? 'late' : 'failed';
  }
}

function both(one: Permit, other: Permit): Permit {
  return {
    release: () => {
      one.release();
      other.release();
    },
  };
}

/** A call that cannot even begin gives back what it was admitted on. */
function beginOr<T>(begin: () => OriginCall<T>, giveBack: () => void): OriginCall<T> {
  try {
    return begin();
  } catch (error) {
    giveBack();
    throw error;
  }
}
