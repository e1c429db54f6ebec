import { SEVERAL_SUBJECTS } from '../../../kernel/circuit-breaker.js';
import type { RefusedCall } from '../auth-strategy.js';
import type { Token } from '../token-sources.js';

const REFRESH_BEFORE_MS = 60_000;
/** A token that lives shorter than this is replaced half-way through its life. */
const SHORT_LIFE_MS = 2 * REFRESH_BEFORE_MS;

/** A token that the login issued, and the calls for which the platform refused it. */
export class IssuedToken {
  /** The latest start of a call for which the platform accepted the token. */
  private acceptedStartMs = -Infinity;
  /** The latest start of a call for which the platform refused the token. */
  private refusedStartMs = -Infinity;
  /** The subjects for which the platform refused the token since it last accepted the token. */
  private readonly refusedFor = new Set<string>();

  constructor(
    readonly token: Token,
    readonly requestedAtMs: number,
    readonly lifeMs: number,
  ) {}

  /** Whether the platform refused the token for at least one subject. */
  get isDoubted(): boolean {
    return this.refusedFor.size > 0;
  }

  /** Whether the platform refused the token for several subjects. */
  get isRefused(): boolean {
    return this.refusedFor.size >= SEVERAL_SUBJECTS;
  }

  /**
   * Records that the platform accepted the token. Only the start of the call counts: the platform
   * may revoke the token while the answer is on the way.
   */
  accepted(startedAtMs: number): void {
    this.acceptedStartMs = Math.max(this.acceptedStartMs, startedAtMs);
    if (startedAtMs > this.refusedStartMs) this.refusedFor.clear();
  }

  /**
   * Records the refusal of a call. Returns whether the refusal may be about the token. If the
   * platform accepted the token for a call that began later, the refusal is about the subject.
   */
  refused({ subject, startedAtMs }: RefusedCall): boolean {
    if (this.acceptedStartMs > startedAtMs) return false;
    this.refusedStartMs = Math.max(this.refusedStartMs, startedAtMs);
    if (!this.isRefused) this.refusedFor.add(subject);
    return true;
  }
}

/**
 * The age at which a token is replaced: a minute before its end, or half-way if it lives under two
 * minutes.
 */
export function refreshAfterMs(lifeMs: number): number {
  return lifeMs < SHORT_LIFE_MS ? lifeMs / 2 : lifeMs - REFRESH_BEFORE_MS;
}
