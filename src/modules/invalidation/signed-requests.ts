import type { CustomerRef } from '../../contracts/customer.js';
import { SIGNATURE_SKEW_S } from '../../contracts/signature.js';

/** Identifies a signed request that carries no event id. */
export interface SignedRequestId {
  readonly customer: CustomerRef;
  /** Hash of the signer, the route, the timestamp in seconds, and the body. */
  readonly hash: string;
}

/** The earlier request with the same id, that is: with the same signer, timestamp and body. */
export type EarlierRequest =
  | { readonly kind: 'none' }
  /**
   * The repetition may report a later change, so it must be processed again. `isLast`: its
   * processing begins late enough to cover every change of that second.
   */
  | { readonly kind: 'ambiguous'; readonly invalidated: number; readonly isLast: boolean }
  /** The repetition is a replay: every change that it can report is processed. */
  | { readonly kind: 'processed'; readonly invalidated: number };

/**
 * How long a request id is stored: longer than any signature is valid, from its first second to its
 * last.
 */
export const SIGNED_REQUEST_TTL_MS = 2 * SIGNATURE_SKEW_S * 1000 + 60_000;
/**
 * How long a repetition is ambiguous. A timestamp has a resolution of one second, and the clocks of
 * one sender's machines may differ by four more.
 */
export const AMBIGUOUS_FOR_MS = 5000;

/**
 * Stores which signed requests were processed, so that an eavesdropper cannot repeat one without
 * end.
 *
 * Guarantees: repetitions are processed up to and including the first one that begins
 * `AMBIGUOUS_FOR_MS` or more after the first request was processed. By then every change of the
 * signed second is covered. Later repetitions are replays.
 *
 * Does not guarantee: that a request is processed once.
 *
 * Race it prevents:
 * 1. A customer changes. The sender signs a request without an event id, and Datadip processes it.
 * 2. The customer changes again within the same second. The sender signs the same bytes, so the
 *    signature is the same.
 * 3. The second request arrives late, in some cases. If Datadip took it for a replay, the entries
 *    would keep the values from before the second change.
 *
 * Every method may reject with `StoreUnavailable`.
 */
export abstract class SignedRequests {
  abstract find(id: SignedRequestId): Promise<EarlierRequest>;

  /**
   * Records that the request was processed.
   *
   * @param invalidated how many entries the processing invalidated
   * @param earlier what `find` returned before the processing began
   * @returns `true` for the call that recorded the request first
   */
  abstract record(
    id: SignedRequestId,
    invalidated: number,
    earlier: Exclude<EarlierRequest, { kind: 'processed' }>,
  ): Promise<boolean>;
}
