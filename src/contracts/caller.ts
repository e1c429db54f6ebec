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
  /** The user whose token proved the caller. `undefined` for every other kind of credentials. */
  readonly user?: CallerUser | undefined;
}

/** A user of a platform, who sends a token of the platform. */
export interface CallerUser {
  /** The keyed hash of the user's id: log lines hold no id of a person. */
  readonly hash: string;
  /** The requests of the user in a second, to one process. */
  readonly maxPerSecond: number;
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
