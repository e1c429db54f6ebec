import type { Scope } from '../config/config.js';

/** Who asks, as the guard found out. */
export interface Caller {
  readonly name: string;
  readonly tenants: ReadonlySet<string>;
  /** True for `tenants: ["*"]`. */
  readonly anyTenant: boolean;
  readonly scopes: ReadonlySet<Scope>;
}

/** The process itself, asking itself until its code is warm. Neither logged nor counted; its key lives only before the service is ready. */
export const WARM_UP_CALLER: Caller = {
  name: 'rehearsal',
  tenants: new Set(['rehearsal']),
  anyTenant: false,
  scopes: new Set<Scope>(['lookup']),
};
