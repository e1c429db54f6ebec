import type { Scope } from '../config/config.js';

/** Who asks, as the guard found out. */
export interface Caller {
  readonly name: string;
  readonly tenants: ReadonlySet<string>;
  /** True for `tenants: ["*"]`. */
  readonly anyTenant: boolean;
  readonly scopes: ReadonlySet<Scope>;
}
