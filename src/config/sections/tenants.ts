import type { SystemConfig } from './systems/system-config.js';

/** The declaration of one tenant. */
export interface TenantConfig {
  /** The region that hands out the agents of the tenant. Default: `regions.home`. */
  readonly home: string | undefined;
  /**
   * The tenant's own systems, by the name of the system that each replaces for this tenant. A key
   * replaces the whole key of that system, and a missing key is inherited. `type` cannot change.
   * Default: none, so the tenant shares every system.
   */
  readonly systems: ReadonlyMap<string, SystemConfig>;
}
