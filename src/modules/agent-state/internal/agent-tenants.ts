import { Injectable } from '@nestjs/common';
import { TENANT_HEADER } from '../../../contracts/headers.js';
import { resolveTenant } from '../../../contracts/tenant.js';
import { callerOf, type DatadipRequest } from '../../../platform/http/request-context.js';
import { ActiveTenants } from './active-tenants.js';

/** Resolves the tenant of a request, and adds the tenant to the active tenants. */
@Injectable()
export class AgentTenants {
  constructor(private readonly seen: ActiveTenants) {}

  /** @throws {HttpProblem} as `resolveTenant` does */
  of(request: DatadipRequest, fromInput: string | undefined): string {
    const tenant = resolveTenant(callerOf(request), fromInput, request.get(TENANT_HEADER));
    this.seen.add(tenant);
    return tenant;
  }
}
