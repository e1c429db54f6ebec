import { LRUCache } from 'lru-cache';
import type { Caller } from '../../../contracts/caller.js';
import type { Clock } from '../../../kernel/clock.js';

/** A user's token as the platform has judged it. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly caller: Caller }
  | { readonly kind: 'refused' }
  | { readonly kind: 'wrong_organization' };

/** The longest time for which an accepted token needs no call. */
const ACCEPTED_FOR_MS = 300_000;
/** From this age on, the next request renews the verdict behind its answer. */
const RENEWED_AFTER_MS = 240_000;
/** A renewal that failed is not tried again before this time. */
const RENEWAL_INTERVAL_MS = 10_000;
/** A token that was accepted within this time is familiar: no sender can have guessed it. */
const FAMILIAR_FOR_MS = 3_600_000;
/** A refused token never becomes valid. The bound lets an operator correct the organizations. */
const REFUSED_FOR_MS = 60_000;
/** Tokens of each kind in memory. Refused tokens cannot displace accepted ones. */
const MAX_TOKENS = 10_000;

interface Accepted {
  readonly verdict: Extract<Verdict, { kind: 'accepted' }>;
  readonly atMs: number;
  renewAtMs: number;
}

interface Refused {
  readonly verdict: Exclude<Verdict, { kind: 'accepted' }>;
  readonly atMs: number;
}

/**
 * The verdicts about tokens, by the hash of the token.
 *
 * Guarantees: an accepted token is remembered for at most 5 min after the platform has accepted it,
 * and until the platform refuses it. A refused token is remembered for 1 min. The memory holds at
 * most 10,000 tokens of each kind, and no token itself.
 */
export class VerdictMemory {
  private readonly accepted = new LRUCache<string, Accepted>({ max: MAX_TOKENS });
  private readonly refused = new LRUCache<string, Refused>({ max: MAX_TOKENS });

  constructor(private readonly clock: Clock) {}

  /** @returns `undefined` if the platform must be asked first */
  find(tokenHash: string): Verdict | undefined {
    const accepted = this.accepted.get(tokenHash);
    if (accepted !== undefined) return this.ageMs(accepted) < ACCEPTED_FOR_MS ? accepted.verdict : undefined;
    const refused = this.refused.get(tokenHash);
    return refused !== undefined && this.ageMs(refused) < REFUSED_FOR_MS ? refused.verdict : undefined;
  }

  /** Whether the platform has accepted the token within an hour, and not refused it since. */
  isFamiliar(tokenHash: string): boolean {
    const accepted = this.accepted.peek(tokenHash);
    return accepted !== undefined && this.ageMs(accepted) < FAMILIAR_FOR_MS;
  }

  /** Whether this request should renew the verdict: at most one request in 10 s should. */
  takeRenewal(tokenHash: string): boolean {
    const accepted = this.accepted.peek(tokenHash);
    const nowMs = this.clock.nowMs();
    if (accepted === undefined || nowMs < accepted.renewAtMs) return false;
    accepted.renewAtMs = nowMs + RENEWAL_INTERVAL_MS;
    return true;
  }

  /** @param atMs when the platform was asked */
  store(tokenHash: string, verdict: Verdict, atMs: number): void {
    if (verdict.kind === 'accepted') {
      this.accepted.set(tokenHash, { verdict, atMs, renewAtMs: atMs + RENEWED_AFTER_MS });
      this.refused.delete(tokenHash);
    } else {
      this.accepted.delete(tokenHash);
      this.refused.set(tokenHash, { verdict, atMs });
    }
  }

  private ageMs({ atMs }: { readonly atMs: number }): number {
    return this.clock.nowMs() - atMs;
  }
}
