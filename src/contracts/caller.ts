import type { Scope } from '../config/sections/callers.js';

/** An authenticated caller. */
export interface Caller {
  readonly name: string;
  readonly tenants: ReadonlySet<string>;
  /** True for `tenants: ["*"]`. */
  readonly anyTenant: boolean;
  readonly scopes: ReadonlySet<Scope>;
  /** The lookups that the caller may ask. `undefined` means every lookup. */
  readonly lookups: ReadonlySet<string> | undefined;
}

/**
 * The caller of warm-up requests, which the process sends to itself before it is ready. These
 * requests are neither logged nor counted. The key of this caller is valid only during the warm-up.
 */
export const WARM_UP_CALLER: Caller = {
  name: 'warm-up',
  tenants: new Set(['warm-up']),
  anyTenant: false,
  scopes: new Set<Scope>(['lookup']),
  lookups: undefined,
};
