import type { Clock } from '../../../kernel/clock.js';
import type { OriginFailure } from '../../../kernel/errors.js';
import type { ShedReason } from '../../origin.metrics.js';
import type { AdmissionGate, AdmissionRequest, GatePass } from './admission-gate.js';
import type { RateLimiter } from './rate-limiter.js';
import type { RefusalEvidence } from './refusal-evidence.js';
import { RetryAfterBackoff } from './retry-after-backoff.js';
import { SubjectBackoff } from './subject-backoff.js';

export interface PauseGateParts {
  /** The name under which pauses are kept, in this process and in Redis. */
  readonly account: string;
  readonly rateLimiter: RateLimiter;
  readonly evidence: RefusalEvidence;
  readonly clock: Clock;
  /** Returns a number in [0, 1]: the share of a backoff that is waited. */
  readonly random: () => number;
}

/**
 * Refuses calls while the origin asks for no calls (429, or a `Retry-After`).
 *
 * A single refusal pauses only the calls about its subject, in this process. If the origin refuses
 * in general (`RefusalEvidence`), the whole region pauses.
 */
export class PauseGate implements AdmissionGate {
  private readonly backoff: RetryAfterBackoff;
  private readonly subjects: SubjectBackoff;

  constructor(private readonly parts: PauseGateParts) {
    this.backoff = new RetryAfterBackoff(parts.random);
    this.subjects = new SubjectBackoff(parts.clock);
  }

  /** Whether the origin is paused for all calls. */
  get isPaused(): boolean {
    return this.parts.rateLimiter.isPaused(this.parts.account);
  }

  enter({ demand: { subject = '' } }: AdmissionRequest): GatePass | ShedReason {
    return this.refusal(subject) ?? new PausePass(this, subject);
  }

  refusal(subject: string): ShedReason | undefined {
    if (this.isPaused) return 'paused';
    return this.subjects.isActive(subject) ? 'backing_off' : undefined;
  }

  settled(subject: string, failure: OriginFailure | undefined): void {
    if (failure === undefined) {
      this.backoff.reset();
      return;
    }
    this.subjects.record(subject, failure);
    const { account, evidence, rateLimiter } = this.parts;
    if (!evidence.isGeneral) return;
    const pauseMs = this.backoff.pauseMsAfter(failure, evidence.retryAfterMs);
    if (pauseMs !== undefined) void rateLimiter.pause(account, pauseMs);
  }
}

class PausePass implements GatePass {
  constructor(
    private readonly gate: PauseGate,
    private readonly subject: string,
  ) {}

  recheck(): ShedReason | undefined {
    return this.gate.refusal(this.subject);
  }

  settled(failure: OriginFailure | undefined): void {
    this.gate.settled(this.subject, failure);
  }
}
