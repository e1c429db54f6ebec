import { LRUCache } from 'lru-cache';
import type { EventBus } from '../../event-bus.js';
import { isLater } from './outbox-record.js';

/** Messages about one tenant within this time are sent as one message, in milliseconds. */
const COALESCE_MS = 5;
/** Tenants whose last sent id this process remembers. */
const MAX_REMEMBERED = 1000;

interface Waiter {
  readonly id: string;
  readonly resolve: () => void;
}

/**
 * Notifies the sender of tenants with new records, and waiting processes of records that were sent.
 *
 * Does not guarantee: delivery. So the sender polls each second, and a waiting process reads the
 * outbox.
 */
export class OutboxSignals {
  /** Set while this process is the sender. No message is needed then. */
  private sender: ((tenant: string) => void) | undefined;
  private readonly told = new Map<string, { again: boolean }>();
  private readonly lastSent = new LRUCache<string, string>({ max: MAX_REMEMBERED });
  private readonly waiters = new Map<string, Set<Waiter>>();

  constructor(private readonly bus: EventBus) {
    bus.subscribe('outbox.stored', ({ tenant }) => this.sender?.(tenant));
    bus.subscribe('outbox.sent', ({ tenant, data }) => this.noteSent(tenant, data.id));
  }

  /** @param sender `undefined` means that another process sends */
  setSender(sender: ((tenant: string) => void) | undefined): void {
    this.sender = sender;
  }

  stored(tenant: string): void {
    const told = this.told.get(tenant);
    if (this.sender !== undefined) this.sender(tenant);
    else if (told !== undefined) told.again = true;
    else this.tell(tenant);
  }

  /** The log has all records of the tenant up to this id. */
  sent(tenant: string, id: string): void {
    this.bus.publish('outbox.sent', tenant, { id });
  }

  isSent(tenant: string, id: string): boolean {
    const last = this.lastSent.get(tenant);
    return last !== undefined && !isLater(id, last);
  }

  /** Resolves when the record was sent, or after `withinMs`. */
  untilSent(tenant: string, id: string, withinMs: number): Promise<void> {
    if (this.isSent(tenant, id)) return Promise.resolve();
    const waiters = this.waiters.get(tenant) ?? new Set();
    this.waiters.set(tenant, waiters);
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        waiters.delete(waiter);
        if (waiters.size === 0 && this.waiters.get(tenant) === waiters) this.waiters.delete(tenant);
        resolve();
      };
      const waiter = { id, resolve: end };
      const timer = setTimeout(end, withinMs);
      waiters.add(waiter);
    });
  }

  private tell(tenant: string): void {
    const told = { again: false };
    this.told.set(tenant, told);
    this.bus.publish('outbox.stored', tenant, {});
    setTimeout(() => {
      this.told.delete(tenant);
      if (told.again) this.stored(tenant);
    }, COALESCE_MS).unref();
  }

  private noteSent(tenant: string, id: string): void {
    const last = this.lastSent.get(tenant);
    if (last === undefined || isLater(id, last)) this.lastSent.set(tenant, id);
    for (const waiter of this.waiters.get(tenant) ?? []) if (!isLater(waiter.id, id)) waiter.resolve();
  }
}
