import type { CustomerRef } from '../../contracts/customer.js';
import { SIGNATURE_SKEW_S } from '../../contracts/signature.js';

/** A signed request without an event's id, told from others by who signed which bytes at which second. */
export interface SignedMark {
  readonly customer: CustomerRef;
  /** Of signer, second and body. */
  readonly hash: string;
}

/** What is known of a signed request that came before, byte for byte. */
export type Earlier =
  | { readonly kind: 'none' }
  /** Carried out, and to be carried out again. `settles`: for the last time. */
  | { readonly kind: 'unsettled'; readonly invalidated: number; readonly settles: boolean }
  /** Carried out for every change it can have been sent for. */
  | { readonly kind: 'settled'; readonly invalidated: number };

/** Longer than any signature is good, from the first second to the last. */
export const SIGNED_REMEMBERED_MS = 2 * SIGNATURE_SKEW_S * 1000 + 60_000;
/** A second, and what the clocks of one sender's machines may be apart. */
export const SETTLES_AFTER_MS = 5000;

/**
 * Which signed requests were carried out, so that who overhears one cannot have it carried out again and again.
 *
 * The interleaving it defends against: (1) a customer changes, and a request without an id is signed, sent, and carried out; (2) within
 * the same second they change again, and the sender signs the same bytes to the same signature; (3) the second request arrives, perhaps
 * late. To take it for a replay would be to leave what changed in (2) unforgotten. So it is carried out again, until that was begun
 * `SETTLES_AFTER_MS` after the first was carried out: whatever was signed in that second was signed before.
 *
 * Every method may reject with `StoreUnavailable`.
 */
export abstract class SignedRequests {
  abstract recall(mark: SignedMark): Promise<Earlier>;

  /**
   * Notes that the request was carried out.
   *
   * @param earlier what was recalled before that began
   * @returns true for the one that noted it first
   */
  abstract note(
    mark: SignedMark,
    invalidated: number,
    earlier: Exclude<Earlier, { kind: 'settled' }>,
  ): Promise<boolean>;
}
