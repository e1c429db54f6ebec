/**
 * Names an event that was applied, so that a read in another region can wait for it. A position
 * holds keyed hashes only. Callers get positions sealed, because the hash of a customer is the same
 * in all tenants.
 */
export type Position =
  | { readonly kind: 'customer'; readonly tenant: string; readonly customer: string; readonly mark: string }
  | { readonly kind: 'agent'; readonly tenant: string; readonly mark: string };
