import { Injectable } from '@nestjs/common';
/**
 * More tenants than one region serves. Only other processes sweep the tenants beyond this number.
 */
const MAX_TENANTS = 1000;

/** The tenants that this process has served. The sweep job sweeps their agents. */
@Injectable()
export class ActiveTenants {
  private readonly names = new Set<string>();

  add(tenant: string): void {
    if (this.names.size < MAX_TENANTS) this.names.add(tenant);
  }

  all(): readonly string[] {
    return [...this.names];
  }
}
