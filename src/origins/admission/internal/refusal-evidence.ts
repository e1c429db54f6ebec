import type { Clock } from '../../../kernel/clock.js';
import { SEVERAL_SUBJECTS } from '../../../kernel/circuit-breaker.js';
import type { OriginFailure } from '../../../kernel/errors.js';

interface Refusal {
  readonly atMs: number;
  /** Answers of the origin before this refusal. */
  readonly answersBefore: number;
  /** `true` for 429, `false` for 503. */
  readonly isLimit: boolean;
  readonly retryAfterMs: number | undefined;
}

/** An older refusal says nothing about the origin's present state. */
const WINDOW_MS = 10_000;
/** An origin that answers more calls than this between refusals is not short of capacity. */
const WINDOW_ANSWERS = 20;

/**
 * Decides whether an origin refuses calls in general, or only calls about one subject. A firewall
 * in front of an origin may answer 503 with `Retry-After: 3600` to a single value.
 *
 * The rule: the origin refuses in general if it refuses three different subjects within 10 s, with
 * at most 20 answers in between. If the origin answers any call after a 503, this 503 no longer
 * counts, because a service that answers is available. A 429 still counts after such an answer,
 * because an origin with a rate limit answers the calls below its limit.
 */
export class RefusalEvidence {
  private readonly refusals = new Map<string, Refusal>();
  private answers = 0;

  constructor(private readonly clock: Clock) {}

  /** Whether the origin refuses in general. */
  get isGeneral(): boolean {
    return this.refusals.size >= SEVERAL_SUBJECTS;
  }

  /**
   * The shortest `Retry-After` of the refusals: a single subject must not extend the pause of all.
   */
  get retryAfterMs(): number | undefined {
    const asked = [...this.refusals.values()].flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
    return asked.length === 0 ? undefined : Math.min(...asked);
  }

  record(subject: string, failure: OriginFailure | undefined): void {
    if (failure === undefined || (failure.details.alive === true && failure.details.refused !== true)) this.answered();
    else if (failure.details.refused === true) this.refused(subject, failure);
  }

  /** An answer ends a general refusal. A later refusal starts a new count. */
  private answered(): void {
    this.answers++;
    if (this.isGeneral) this.refusals.clear();
    for (const [subject, { isLimit }] of this.refusals) if (!isLimit) this.refusals.delete(subject);
  }

  /** The map holds at most `SEVERAL_SUBJECTS` refusals, the latest ones. */
  private refused(subject: string, { code, details: { retryAfterMs } }: OriginFailure): void {
    const atMs = this.clock.nowMs();
    this.refusals.delete(subject);
    for (const [other, refusal] of this.refusals) if (this.isPast(refusal, atMs)) this.refusals.delete(other);
    const [oldest] = this.refusals.keys();
    if (this.isGeneral && oldest !== undefined) this.refusals.delete(oldest);
    const isLimit = code === 'origin_rate_limited';
    this.refusals.set(subject, { atMs, answersBefore: this.answers, isLimit, retryAfterMs });
  }

  private isPast({ atMs, answersBefore }: Refusal, nowMs: number): boolean {
    return nowMs - atMs > WINDOW_MS || this.answers - answersBefore > WINDOW_ANSWERS;
  }
}
