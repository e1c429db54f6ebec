import type { EntryStore, Lease } from './entry-store.js';

/**
 * How long a lease lasts without renewal, in milliseconds. A holder that died blocks other loads no
 * longer than this.
 */
export const LEASE_MS = 1500;
const RENEW_EVERY_MS = 500;

/**
 * Renews the leases of running loads, so that a lease can be short although a load may be long.
 *
 * Does not guarantee: that a lease is never lost. A process that is suspended for longer than
 * `LEASE_MS` loses its leases, and the same key is then loaded twice.
 */
export class LeaseRenewer {
  private readonly leases = new Set<Lease>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly store: EntryStore) {}

  get size(): number {
    return this.leases.size;
  }

  start(lease: Lease): void {
    this.leases.add(lease);
    this.timer ??= setInterval(() => this.renewAll(), RENEW_EVERY_MS).unref();
  }

  /** Must be called on every exit of a load. */
  stop(lease: Lease): void {
    this.leases.delete(lease);
    if (this.leases.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private renewAll(): void {
    for (const lease of this.leases) this.store.renew(lease, LEASE_MS).catch(() => undefined);
  }
}
