import type { EntryStore, Lease } from './entry-store.js';

/** How long a lease lasts without renewal: the longest a holder that died keeps others from loading. */
export const LEASE_MS = 1500;
const RENEW_EVERY_MS = 500;

/**
 * Keeps the leases of running loads alive, so that a lease can be short although a load may be long.
 *
 * Not promised: that a lease is never lost. A process that stands still for longer than `LEASE_MS` loses its leases, and the same key
 * is then loaded twice.
 */
export class LeaseRenewer {
  private readonly held = new Set<Lease>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly store: EntryStore) {}

  get size(): number {
    return this.held.size;
  }

  start(lease: Lease): void {
    this.held.add(lease);
    this.timer ??= setInterval(() => this.renewAll(), RENEW_EVERY_MS).unref();
  }

  /** On every exit of a load. */
  stop(lease: Lease): void {
    this.held.delete(lease);
    if (this.held.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private renewAll(): void {
    for (const lease of this.held) this.store.renew(lease, LEASE_MS).catch(() => undefined);
  }
}
