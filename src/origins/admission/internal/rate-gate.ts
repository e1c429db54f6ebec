import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../../kernel/clock.js';
import type { RateQuota } from '../../origin.js';
import type { ShedReason } from '../../origin.metrics.js';
import type { AdmissionGate, AdmissionRequest, GatePass } from './admission-gate.js';
import type { RateLimiter } from './rate-limiter.js';
import type { ScheduledLimits } from './scheduled-limits.js';

/** A call counts against the rate when it is admitted, so there is nothing to give back. */
const COUNTED: GatePass = {};

/** Keeps the calls of the whole region below the limits per second and per minute. */
export class RateGate implements AdmissionGate {
  constructor(
    private readonly account: string,
    private readonly limits: ScheduledLimits,
    private readonly backgroundShare: number,
    private readonly rateLimiter: RateLimiter,
    private readonly clock: Clock,
  ) {}

  async enter({ demand: { priority, quota }, waitUntilMs }: AdmissionRequest): Promise<GatePass | ShedReason> {
    if (quota !== undefined && !(await this.isWithin(quota))) return 'rate';
    const { maxPerSecond, maxPerMinute } = this.limits.current();
    const decision = await this.rateLimiter.acquire({
      account: this.account,
      maxPerSecond,
      maxPerMinute,
      share: priority === 'background' ? this.backgroundShare : 1,
      maxWaitMs: Math.max(0, waitUntilMs - this.clock.nowMs()),
    });
    if (decision.kind !== 'acquired') return decision.kind;
    if (decision.afterMs > 0) await delay(decision.afterMs);
    return COUNTED;
  }

  /** The quota comes first: a call above its quota must not count against the rate of all calls. */
  private async isWithin({ name, share }: RateQuota): Promise<boolean> {
    const { maxPerSecond, maxPerMinute } = this.limits.current();
    const decision = await this.rateLimiter.acquire({
      account: `${this.account}:${name}`,
      maxPerSecond: maxPerSecond && maxPerSecond * share,
      maxPerMinute: maxPerMinute && maxPerMinute * share,
      share: 1,
      maxWaitMs: 0,
    });
    return decision.kind === 'acquired';
  }
}
