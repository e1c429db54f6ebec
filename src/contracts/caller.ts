import type { Scope } from '../config/sections/callers.js';

/** An authenticated caller. */
export interface Caller {
  readonly name: string;
  readonly tenants: ReadonlySet<string>;
  /** True for `tenants: ["*"]`. */
  readonly anyTenant: boolean;
  readonly scopes: ReadonlySet<Scope>;
}

/**
 * This process, which sends requests to itself before it is ready (warm-up). Its requests are
 * neither logged nor counted. Its key is valid only during the warm-up.
 */
export const WARM_UP_CALLER: Caller = {
  name: 'rehearsal',
  tenants: new Set(['rehearsal']),
  anyTenant: false,
  scopes: new Set<Scope>(['lookup']),
};
