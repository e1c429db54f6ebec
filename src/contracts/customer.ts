import type { Hmac } from '../kernel/hmac.js';

/** A customer of a tenant. The hash is that of the id which invalidation events name. */
export interface CustomerRef {
  readonly tenant: string;
  readonly hash: string;
}

/** Trims the id, as a lookup trims its inputs. */
export function customerRef(hmac: Hmac, tenant: string, customerId: string): CustomerRef {
  return { tenant, hash: hmac.hex(`customer:${customerId.trim()}`) };
}
