import type { Hmac } from '../kernel/hmac.js';

/** One customer of one tenant, by the hash of the id that invalidation events name. */
export interface CustomerRef {
  readonly tenant: string;
  readonly hash: string;
}

/** The id is trimmed, as it is where it is a lookup's input. */
export function customerRef(hmac: Hmac, tenant: string, customerId: string): CustomerRef {
  return { tenant, hash: hmac.hex(`customer:${customerId.trim()}`) };
}
