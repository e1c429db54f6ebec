import { Injectable } from '@nestjs/common';
/** More tenants than one region serves; beyond, some are swept by other processes alone. */
const MAX_TENANTS = 1000;

/** The tenants this process has served, so that its job knows whose agents to look after. */
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
