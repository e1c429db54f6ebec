import type { OriginFailure } from '../../../kernel/errors.js';
import type { ShedReason } from '../../origin.metrics.js';
import type { AdmissionGate, GatePass } from './admission-gate.js';
import type { RateLimiter } from './rate-limiter.js';
import { RetryAfterBackoff } from './retry-after-backoff.js';

/** Refuses calls while the origin asks for no calls (429, or a `Retry-After`). */
export class PauseGate implements AdmissionGate {
  private readonly backoff: RetryAfterBackoff;
  private readonly pass: GatePass = {
    recheck: () => this.refusal(),
    settled: (failure) => this.settled(failure),
  };

  constructor(
    private readonly account: string,
    private readonly rateLimiter: RateLimiter,
    random: () => number,
  ) {
    this.backoff = new RetryAfterBackoff(random);
  }

  enter(): GatePass | ShedReason {
    return this.refusal() ?? this.pass;
  }

  private refusal(): ShedReason | undefined {
    return this.rateLimiter.isPaused(this.account) ? 'paused' : undefined;
  }

  private settled(failure: OriginFailure | undefined): void {
    if (failure === undefined) {
      this.backoff.reset();
      return;
    }
    const pauseMs = this.backoff.pauseMsAfter(failure);
    if (pauseMs !== undefined) void this.rateLimiter.pause(this.account, pauseMs);
  }
}
