import type { Hmac } from '../kernel/hmac.js';

/** A customer of a tenant. The hash is the hash of the customer id in invalidation events. */
export interface CustomerRef {
  readonly tenant: string;
  readonly hash: string;
}

/** Trims the id, as a lookup trims its inputs. */
export function customerRef(hmac: Hmac, tenant: string, customerId: string): CustomerRef {
  return { tenant, hash: hmac.hex(`customer:${customerId.trim()}`) };
}

/** The Redis key that marks an event of the customer as processed. */
export function customerEventKey(customer: CustomerRef, eventHash: string): string {
  return `cust-event:${customerHashTag(customer)}:${customer.tenant}:${customer.hash}:${eventHash}`;
}

/**
 * The hash tag of a customer's keys: customers are spread over 256 tags by the first two hex digits
 * of their hash. The index of a customer and the marks of its events share a tag, so one script can
 * use them. The number of tags is small enough to visit each.
 */
export function customerHashTag({ hash }: CustomerRef): string {
  return `{customers:${hash.slice(0, 2)}}`;
}
