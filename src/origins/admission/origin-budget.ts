import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock.js';
import { NotAdmitted, OriginFailure, type DegradedReason } from '../../kernel/errors.js';
import { fullJitterMs } from '../../kernel/jitter.js';
import type { ShedReason } from '../origin.metrics.js';
import type { OriginCall } from '../origin-driver.js';
import type { Demand } from '../origin.js';
import { AbandonedCalls } from './internal/abandoned-calls.js';
import type { AdaptiveLimit, CallOutcome } from './internal/adaptive-limit.js';
import type { Admission, AdmissionGate } from './internal/admission-gate.js';
import { BulkheadGate } from './internal/bulkhead-gate.js';
import { CircuitGate } from './internal/circuit-gate.js';
import { ConcurrencyGate } from './internal/concurrency-gate.js';
import { PauseGate } from './internal/pause-gate.js';
import { RateGate } from './internal/rate-gate.js';
import type { RateLimiter } from './internal/rate-limiter.js';
import { RefusalEvidence } from './internal/refusal-evidence.js';
import type { MeasuredCall } from './internal/samples.js';
import type { ScheduledLimits } from './internal/scheduled-limits.js';
import type { ShedLog } from './internal/shed-log.js';
import { tracedAdmission } from './internal/traced-admission.js';

export interface OriginBudgetParts {
  readonly system: string;
  /**
   * The name under which rate and pauses are counted. Systems that share a platform client share
   * it.
   */
  readonly account: string;
  /** How long an ivr call may wait for admission. 0: not at all. */
  readonly queueMs: number;
  /** The share of concurrency and rate that background calls may use, from 0 to 1. */
  readonly backgroundShare: number;
  readonly limits: ScheduledLimits;
  /** `undefined` means that the declared `maxConcurrent` is the limit. */
  readonly adaptive: AdaptiveLimit | undefined;
  readonly rateLimiter: RateLimiter;
  readonly shedLog: ShedLog;
  readonly clock: Clock;
  /** Returns a number in [0, 1]: the share of a backoff that is waited. */
  readonly random: () => number;
}

/** Attempts of a call that never reaches the origin. */
const MAX_ATTEMPTS = 3;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 100;
/** A further attempt must have at least this much of the caller's deadline left. */
const MIN_ATTEMPT_MS = 100;

const DEGRADED_REASONS: Record<ShedReason, DegradedReason> = {
  concurrency: 'shed',
  queue: 'shed',
  rate: 'shed',
  paused: 'origin_rate_limited',
  backing_off: 'origin_rate_limited',
  circuit: 'circuit_open',
};

/**
 * Admits the calls of one system of record. Every call passes its gates in this order: pause,
 * circuit, bulkhead, concurrency, rate.
 *
 * Guarantees:
 * - A call is made only while all gates admit it.
 * - A refused call fails at once, an ivr call within `queueMs`.
 * - A call holds its permits until the origin has answered, also after its caller has gone.
 * - A call that never arrived is repeated after a random backoff. Each attempt passes all gates.
 * - Failures of calls about one subject stop no calls about other subjects.
 *
 * Does not guarantee: that an admitted call succeeds.
 *
 * Race it prevents:
 * 1. An ivr call passes the pause and circuit gates and waits for a permit.
 * 2. Another call fails; the circuit opens, or the origin asks for a pause.
 * 3. The first call gets its permit. Without a second check it would call an origin that must be
 *    left alone.
 */
export class OriginBudget {
  private readonly gates: readonly AdmissionGate[];
  private readonly pause: PauseGate;
  private readonly circuit: CircuitGate;
  private readonly evidence: RefusalEvidence;
  private readonly abandoned: AbandonedCalls;

  constructor(private readonly parts: OriginBudgetParts) {
    const { account, backgroundShare, limits, rateLimiter, clock, random } = parts;
    this.evidence = new RefusalEvidence(clock);
    this.pause = new PauseGate({ account, rateLimiter, evidence: this.evidence, clock, random });
    this.circuit = new CircuitGate(clock, random);
    this.gates = [
      this.pause,
      this.circuit,
      new BulkheadGate(),
      new ConcurrencyGate(() => this.limit, backgroundShare, clock),
      new RateGate(account, limits, backgroundShare, rateLimiter, clock),
    ];
    this.abandoned = new AbandonedCalls(() => Math.max(1, Math.floor(this.limit / 2)));
  }

  /** Calls that may be in flight now. */
  get limit(): number {
    return this.parts.adaptive?.limit ?? this.parts.limits.current().maxConcurrent;
  }

  /** Whether the circuit of at least one lookup is open. */
  get isCircuitOpen(): boolean {
    return this.circuit.isOpen;
  }

  /** Why no call of the origin is made now. `undefined` means that calls are made. */
  get stopped(): 'paused' | 'circuit_open' | undefined {
    if (this.pause.isPaused) return 'paused';
    return this.circuit.isOpen ? 'circuit_open' : undefined;
  }

  /**
   * Makes the call if the gates admit it.
   *
   * @throws {NotAdmitted} when a gate refuses the call; otherwise what the call rejects with
   */
  async run<T>(demand: Demand, begin: () => OriginCall<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const admission = await this.admit(demand);
      try {
        return await this.make(admission, demand, begin);
      } catch (error) {
        if (!(error instanceof OriginFailure) || error.details.neverArrived !== true) throw error;
        const backoffMs = fullJitterMs(FIRST_BACKOFF_MS, MAX_BACKOFF_MS, attempt - 1, this.parts.random());
        const leftMs = demand.deadline.remainingMs() - backoffMs;
        if (attempt >= MAX_ATTEMPTS || leftMs < MIN_ATTEMPT_MS) throw error;
        await delay(backoffMs);
      }
    }
  }

  private async admit(demand: Demand): Promise<Admission> {
    const { clock, shedLog, system } = this.parts;
    const waitUntilMs = clock.nowMs() + this.maxWaitMs(demand);
    const admission = await tracedAdmission(system, { demand, waitUntilMs }, this.gates);
    if (typeof admission !== 'string') return admission;
    shedLog.record(system, admission, demand.priority);
    throw new NotAdmitted(DEGRADED_REASONS[admission], `call not admitted: ${admission}`);
  }

  /**
   * How long the call can wait so that an answer of typical duration still meets the caller's
   * deadline.
   */
  private maxWaitMs({ priority, deadline }: Demand): number {
    if (priority !== 'ivr') return 0;
    const typicalMs = this.parts.adaptive?.typicalMs ?? 0;
    return Math.max(0, Math.min(this.parts.queueMs, deadline.remainingMs() - typicalMs));
  }

  private async make<T>(admission: Admission, demand: Demand, begin: () => OriginCall<T>): Promise<T> {
    const call = beginOrRelease(begin, admission);
    const measured = this.parts.adaptive?.callStarted();
    const settled = call.answer.then(
      () => this.settle(admission, demand),
      (error: unknown) => this.settle(admission, demand, asOriginFailure(error)),
    );
    void this.releaseAtEnd({ call, subject: demand.subject ?? '', admission, measured }, settled);
    await settled;
    return call.answer;
  }

  /** The evidence comes first: the pause gate decides on it. */
  private settle(admission: Admission, demand: Demand, failure?: OriginFailure): OriginFailure | undefined {
    if (demand.isOfUser !== true) this.evidence.record(demand.subject ?? '', failure);
    admission.settle(failure);
    return failure;
  }

  /**
   * Holds the permits until the origin has finished with the call, possibly long after its caller
   * has gone.
   */
  private async releaseAtEnd(
    { call, subject, admission, measured }: AdmittedCall,
    settled: Promise<OriginFailure | undefined>,
  ): Promise<void> {
    const failure = await settled;
    const isLate = failure?.code === 'origin_timeout' && failure.details.refused !== true;
    if (isLate) this.abandoned.add(call, subject);
    await call.ended;
    this.abandoned.delete(call);
    // A late answer is measured like any other answer, because a late answer shows how slow the
    // origin is.
    if (measured !== undefined) this.parts.adaptive?.callEnded(measured, isLate ? 'answered' : this.outcomeOf(failure));
    admission.release();
  }

  /** The refusal of a single subject says nothing about the number of calls. */
  private outcomeOf(failure: OriginFailure | undefined): CallOutcome {
    if (failure === undefined) return 'answered';
    return failure.details.refused === true && this.evidence.isGeneral ? 'refused' : 'failed';
  }
}

interface AdmittedCall {
  readonly call: OriginCall<unknown>;
  readonly subject: string;
  readonly admission: Admission;
  readonly measured: MeasuredCall | undefined;
}

function asOriginFailure(error: unknown): OriginFailure {
  return error instanceof OriginFailure ? error : new OriginFailure('origin_error', 'the call of the origin failed');
}

/** A call that cannot begin gives its passes back. */
function beginOrRelease<T>(begin: () => OriginCall<T>, admission: Admission): OriginCall<T> {
  try {
    return begin();
  } catch (error) {
    admission.release();
    throw error;
  }
}
