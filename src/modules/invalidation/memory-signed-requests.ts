import { LRUCache } from 'lru-cache';
import type { Clock } from '../../kernel/clock.js';
import {
  AMBIGUOUS_FOR_MS,
  SIGNED_REQUEST_TTL_MS,
  SignedRequests,
  type EarlierRequest,
  type SignedRequestId,
} from './signed-requests.js';

/**
 * Bounds the memory. A developer's machine receives far fewer signed requests in eleven minutes.
 */
const MAX_STORED = 10_000;

interface StoredRequest {
  readonly invalidated: number;
  readonly firstAtMs: number;
  processed: boolean;
}

/** Stores the signed requests in the memory of this process. */
export class MemorySignedRequests extends SignedRequests {
  private readonly requests = new LRUCache<string, StoredRequest>({ max: MAX_STORED });

  constructor(private readonly clock: Clock) {
    super();
  }

  find(id: SignedRequestId): Promise<EarlierRequest> {
    const stored = this.unexpired(id);
    if (stored === undefined) return Promise.resolve({ kind: 'none' });
    const { invalidated, firstAtMs, processed } = stored;
    if (processed) return Promise.resolve({ kind: 'processed', invalidated });
    const isLast = this.clock.nowMs() - firstAtMs >= AMBIGUOUS_FOR_MS;
    return Promise.resolve({ kind: 'ambiguous', invalidated, isLast });
  }

  record(id: SignedRequestId, invalidated: number, earlier: EarlierRequest): Promise<boolean> {
    const stored = this.unexpired(id);
    if (stored === undefined)
      this.requests.set(keyOf(id), { invalidated, firstAtMs: this.clock.nowMs(), processed: false });
    else if (earlier.kind === 'ambiguous' && earlier.isLast) stored.processed = true;
    return Promise.resolve(stored === undefined);
  }

  private unexpired(id: SignedRequestId): StoredRequest | undefined {
    const stored = this.requests.get(keyOf(id));
    return stored !== undefined && this.clock.nowMs() - stored.firstAtMs < SIGNED_REQUEST_TTL_MS ? stored : undefined;
  }
}

function keyOf({ customer, hash }: SignedRequestId): string {
  return `${customer.tenant}:${customer.hash}:${hash}`;
}
