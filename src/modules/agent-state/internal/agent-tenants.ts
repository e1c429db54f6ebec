import { Injectable } from '@nestjs/common';
import { TENANT_HEADER } from '../../../contracts/headers.js';
import { resolveTenant } from '../../../contracts/tenant.js';
import { callerOf, type DatadipRequest } from '../../../platform/http/request-context.js';
import { ActiveTenants } from './active-tenants.js';

/** Whose agents a request is about; remembers them, so that they are looked after. */
@Injectable()
export class AgentTenants {
  constructor(private readonly seen: ActiveTenants) {}

  /** @throws {Refusal} as `resolveTenant` does */
  of(request: DatadipRequest, fromInput: string | undefined): string {
    const tenant = resolveTenant(callerOf(request), fromInput, request.get(TENANT_HEADER));
    this.seen.add(tenant);
    return tenant;
  }
}
