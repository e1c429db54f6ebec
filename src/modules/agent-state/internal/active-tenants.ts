import { Injectable } from '@nestjs/common';

/**
 * A bound that no region is expected to reach. This process does not sweep the agents of tenants
 * beyond it.
 */
const MAX_TENANTS = 1000;

/** The tenants that this process has served. The sweep job sweeps their agents. */
@Injectable()
export class ActiveTenants {
  private readonly names = new Set<string>();

  /** Adds the tenant, and returns it. */
  record(tenant: string): string {
    if (this.names.size < MAX_TENANTS) this.names.add(tenant);
    return tenant;
  }

  all(): readonly string[] {
    return [...this.names];
  }
}
