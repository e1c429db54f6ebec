import type { Clock } from '../../kernel/clock.js';
import type { EntryStore, Lease } from './entry-store.js';

/**
 * How long a lease lasts without renewal, in milliseconds. A holder that died blocks other loads no
 * longer than this.
 */
export const LEASE_MS = 1500;
/** The longest lease of a process whose event loop is late, in ms: see `RedisEntryStore`. */
export const MAX_LEASE_MS = 6000;
const RENEW_EVERY_MS = 500;

/**
 * Renews the leases of running loads, so that a lease can be short although a load may be long.
 *
 * Guarantees: a process that is busy with reads of the store renews its leases in time. The timers
 * of such a process run late, so each of these requests renews the leases that are due.
 *
 * Does not guarantee: that a lease is never lost. A process that is suspended for longer than the
 * lease loses its leases, and the same key is then loaded twice.
 */
export class LeaseRenewer {
  private readonly leases = new Set<Lease>();
  private timer: NodeJS.Timeout | undefined;
  private dueAtMs = Infinity;

  constructor(
    private readonly store: EntryStore,
    private readonly clock: Clock,
  ) {}

  get size(): number {
    return this.leases.size;
  }

  /** @param sinceMs when the store was asked for the lease */
  start(lease: Lease, sinceMs: number): void {
    this.leases.add(lease);
    this.timer ??= setInterval(() => this.renewAll(this.clock.nowMs()), RENEW_EVERY_MS).unref();
    this.dueAtMs = Math.min(this.dueAtMs, sinceMs + RENEW_EVERY_MS);
    this.renewDue(this.clock.nowMs());
  }

  /** Renews all leases if no timer has renewed them in time. Costs a comparison if none is due. */
  renewDue(nowMs: number): void {
    if (nowMs >= this.dueAtMs) this.renewAll(nowMs);
  }

  /** Must be called on every exit of a load. */
  stop(lease: Lease): void {
    this.leases.delete(lease);
    if (this.leases.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.dueAtMs = Infinity;
  }

  private renewAll(nowMs: number): void {
    this.dueAtMs = nowMs + RENEW_EVERY_MS;
    for (const lease of this.leases) this.store.renew(lease, LEASE_MS).catch(() => undefined);
    this.store.sendNow();
  }
}
