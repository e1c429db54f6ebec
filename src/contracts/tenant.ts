import { HttpProblem } from '../kernel/errors.js';
import type { Caller } from './caller.js';
import { unsetInput } from './unset-input.js';

/** A tenant is a plain word, because the tenant is part of every Redis key. */
const TENANT = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Resolves the tenant of a request: from the input, otherwise from the header, otherwise the
 * caller's only tenant.
 *
 * @throws {HttpProblem} 400 if the tenant is missing or invalid, 403 if the caller may not use the
 *   tenant
 */
export function resolveTenant(caller: Caller, fromInput: string | undefined, fromHeader: string | undefined): string {
  const tenant = givenTenant(fromInput) ?? givenTenant(fromHeader) ?? onlyTenant(caller);
  if (tenant === undefined)
    throw new HttpProblem('invalid_tenant', 400, 'tenant missing: the caller has several tenants, name one');
  if (!TENANT.test(tenant))
    throw new HttpProblem(
      'invalid_tenant',
      400,
      'invalid tenant; allowed: 1 to 64 letters, digits, dashes and underscores',
    );
  if (!caller.anyTenant && !caller.tenants.has(tenant))
    throw new HttpProblem('wrong_tenant', 403, 'caller may not use this tenant');
  return tenant;
}

function onlyTenant({ anyTenant, tenants }: Caller): string | undefined {
  const [only, ...others] = tenants;
  return anyTenant || others.length > 0 ? undefined : only;
}

/**
 * `undefined` for an empty word, and for the placeholder that a template leaves when an input is
 * not set.
 */
function givenTenant(word: string | undefined): string | undefined {
  const trimmed = word?.trim();
  return trimmed === undefined || trimmed === '' || unsetInput(trimmed) !== undefined ? undefined : trimmed;
}
