import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { TENANT_HEADER } from '../../contracts/headers.js';
import { resolveTenant } from '../../contracts/tenant.js';
import { callerOf, requestOf } from '../../platform/http/request-context.js';

/**
 * Resolves the tenant of one request.
 *
 * @param named the tenant that the body or the query names; `undefined` means that neither names
 *   one
 * @throws {HttpProblem} as `resolveTenant` does
 */
export type TenantResolver = (named?: string) => string;

/**
 * Gives the handler a `TenantResolver` that knows the caller and the tenant header of the request.
 *
 * The decorator gives a resolver and not the tenant, for two reasons:
 * - The body may name the tenant, and only the handler has the checked body.
 * - Nest runs a parameter decorator before the pipe of the body has ended. A request with a wrong
 *   body and a wrong tenant must get the problem of its body.
 */
export const RequestTenant = createParamDecorator((_options: unknown, context: ExecutionContext): TenantResolver => {
  const request = requestOf(context);
  return (named) => resolveTenant(callerOf(request), named, request.get(TENANT_HEADER));
});
