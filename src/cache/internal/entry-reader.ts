import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { StoreUnavailable } from '../../kernel/errors.js';
import { CacheMetrics } from '../cache.metrics.js';
import { CacheErrorMetrics } from '../../platform/metrics/cache-error.metrics.js';
import type { SpanAttributes } from '../../platform/tracing/span.js';
import { inSpan } from '../../platform/tracing/spans.js';
import { type EntryRead, EntryStore } from './entry-store.js';
import type { EntrySpec } from './entry-spec.js';
import { LEASE_MS } from './lease-renewer.js';

/**
 * Reads entries and validates them. A value of another format becomes an answer of the reader's
 * format. If the value lacks fields, it counts as stale, however long it is fresh.
 *
 * A corrupt value, or a key of another application, counts as a cache error and as a miss. The next
 * load replaces it.
 */
@Injectable()
export class EntryReader {
  constructor(
    private readonly store: EntryStore,
    private readonly metrics: CacheErrorMetrics,
    private readonly ages: CacheMetrics,
  ) {}

  /** A corrupt value takes three round trips: read, release of the lease, second read. */
  get settlesWithinMs(): number {
    return 3 * this.store.settlesWithinMs;
  }

  /** @throws {StoreUnavailable} */
  read(spec: EntrySpec): Promise<EntryRead> {
    const attributes = { 'datadip.tier': this.store.tier };
    return inSpan({ name: 'store read', kind: 'client', attributes }, () => this.readValid(spec), outcomeOf);
  }

  private async readValid(spec: EntrySpec): Promise<EntryRead> {
    const read = await this.readOnce(spec, false);
    if (read.tooOld) this.ages.entryRefused(spec.key);
    if (read.foreign) this.metrics.cacheError(this.store.tier, 'foreign');
    const usable = asDeclared(read, spec);
    if (usable !== undefined) return usable;
    this.metrics.cacheError(this.store.tier, 'corrupt');
    const lease = read.load.kind === 'lease-granted' ? read.load.lease : undefined;
    if (lease !== undefined) await this.store.release(lease);
    return this.readOnce(spec, true);
  }

  private readOnce({ key, format, policy }: EntrySpec, discard: boolean): Promise<EntryRead> {
    const withinMs = policy.invalidatedWithinMs;
    return this.store.read(key, { format, leaseToken: leaseToken(), leaseMs: LEASE_MS, discard, withinMs });
  }
}

function outcomeOf({ stored, load }: EntryRead): SpanAttributes {
  if (stored === undefined) return { 'datadip.outcome': load.kind };
  return { 'datadip.outcome': stored.freshForMs > 0 ? 'fresh' : 'stale' };
}

/** `undefined` means that the stored value is corrupt. */
function asDeclared(read: EntryRead, spec: EntrySpec): EntryRead | undefined {
  const { stored } = read;
  if (stored === undefined) return read;
  if (stored.otherFormat === undefined) return spec.readable(stored.text) ? withoutExpired(read, spec) : undefined;
  const text = spec.converted(stored.text);
  if (text === undefined) return undefined;
  const converted = withoutExpired({ ...read, stored: { ...stored, text } }, spec);
  if (converted.stored === undefined || stored.otherFormat === 'whole') return converted;
  return { ...converted, stored: { ...converted.stored, freshForMs: Math.min(0, stored.freshForMs) } };
}

/**
 * A value past its stale time becomes the last good value. Only callers whose load is refused get
 * it; `lookup-cache.ts` lists the reasons.
 */
function withoutExpired(read: EntryRead, { policy }: EntrySpec): EntryRead {
  if (read.stored === undefined || read.stored.freshForMs > 0) return read;
  if (read.stored.freshForMs > -policy.staleMs) return read;
  return { ...read, stored: undefined, lastGood: read.stored.text };
}

/**
 * Handles the error of a read whose caller can continue without the store. Returns `undefined` if
 * the store is unavailable. Any other error is a bug and is thrown.
 */
export function ignoreStoreUnavailable(error: unknown): undefined {
  if (error instanceof StoreUnavailable) return undefined;
  throw error;
}

const TOKEN_BYTES = 12;
let pool = Buffer.alloc(0);
let used = 0;

/**
 * Returns 96 random bits. Every read needs a token, so one call into the kernel fills a pool of 128
 * tokens.
 */
function leaseToken(): string {
  if (used >= pool.length) {
    pool = randomBytes(TOKEN_BYTES * 128);
    used = 0;
  }
  const token = pool.toString('base64url', used, used + TOKEN_BYTES);
  used += TOKEN_BYTES;
  return token;
}
