import { HttpProblem } from '../kernel/errors.js';
import type { Caller } from './caller.js';
import { unsetInput } from './unset-input.js';

/** A tenant is part of every key, so it is a plain word. */
const TENANT = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * The tenant a request is about: named in the input, else in the header, else the caller's only one.
 *
 * @throws {HttpProblem} 400 when it cannot be told or is no tenant's name, 403 when it is not the caller's
 */
export function resolveTenant(caller: Caller, fromInput: string | undefined, fromHeader: string | undefined): string {
  const tenant = named(fromInput) ?? named(fromHeader) ?? onlyTenant(caller);
  if (tenant === undefined) throw new HttpProblem('invalid_tenant', 400, 'name the tenant: this caller serves several');
  if (!TENANT.test(tenant))
    throw new HttpProblem('invalid_tenant', 400, 'a tenant is 1 to 64 letters, digits, dashes and underscores');
  if (!caller.anyTenant && !caller.tenants.has(tenant))
    throw new HttpProblem('wrong_tenant', 403, "this tenant is not the caller's");
  return tenant;
}

function onlyTenant({ anyTenant, tenants }: Caller): string | undefined {
  const [only, ...others] = tenants;
  return anyTenant || others.length > 0 ? undefined : only;
}

/** An empty word names nothing, nor does the text that a template leaves for an input that is not set. */
function named(word: string | undefined): string | undefined {
  const trimmed = word?.trim();
  return trimmed === undefined || trimmed === '' || unsetInput(trimmed) !== undefined ? undefined : trimmed;
}
