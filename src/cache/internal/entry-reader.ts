import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { StoreUnavailable } from '../../kernel/errors.js';
import { CacheErrorMetrics } from '../../platform/metrics/cache-error.metrics.js';
import { type EntryRead, EntryStore } from './entry-store.js';
import type { EntrySpec } from './entry-spec.js';
import { LEASE_MS } from './lease-renewer.js';

/**
 * Reads entries and trusts nothing it finds: a corrupt, foreign or older entry is a counted miss that gets replaced, never an error.
 */
@Injectable()
export class EntryReader {
  constructor(
    private readonly store: EntryStore,
    private readonly metrics: CacheErrorMetrics,
  ) {}

  /** What cannot be read takes three turns: seen, given up, asked for anew. */
  get settlesWithinMs(): number {
    return 3 * this.store.settlesWithinMs;
  }

  /** @throws {StoreUnavailable} */
  async read(terms: EntrySpec): Promise<EntryRead> {
    const read = await this.readOnce(terms, false);
    if (read.foreign) this.metrics.cacheError(this.store.tier, 'foreign');
    if (read.stored === undefined || terms.readable(read.stored.text)) return usable(read, terms);
    this.metrics.cacheError(this.store.tier, 'corrupt');
    const lease = read.load.kind === 'lease-granted' ? read.load.lease : undefined;
    if (lease !== undefined) await this.store.release(lease);
    return this.readOnce(terms, true);
  }

  private readOnce({ key, format }: EntrySpec, discard: boolean): Promise<EntryRead> {
    return this.store.read(key, { format, leaseToken: leaseToken(), leaseMs: LEASE_MS, discard });
  }
}

/** Past its stale time a value is no answer any more, but still better than none when the origin must not be asked. */
function usable(read: EntryRead, { policy }: EntrySpec): EntryRead {
  if (read.stored === undefined || read.stored.freshForMs > 0) return read;
  if (read.stored.freshForMs > -policy.staleMs) return read;
  return { ...read, stored: undefined, lastGood: read.stored.text };
}

/** For a read that may as well find nothing: absent when the store is away; any other failure is a bug, and stays one. */
export function ignoreStoreUnavailable(error: unknown): undefined {
  if (error instanceof StoreUnavailable) return undefined;
  throw error;
}

const TOKEN_BYTES = 12;
let pool = Buffer.alloc(0);
let used = 0;

/** 96 random bits. Drawn from a pool: one call into the kernel serves 128 tokens, and every read of the store brings one. */
function leaseToken(): string {
  if (used >= pool.length) {
    pool = randomBytes(TOKEN_BYTES * 128);
    used = 0;
  }
  const token = pool.toString('base64url', used, used + TOKEN_BYTES);
  used += TOKEN_BYTES;
  return token;
}
