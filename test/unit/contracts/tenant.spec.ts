import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Caller } from '../../../src/contracts/caller.js';
import { HttpProblem } from '../../../src/kernel/errors.js';
import { resolveTenant } from '../../../src/contracts/tenant.js';
import { unsetInput } from '../../../src/contracts/unset-input.js';

function callerOf(...tenants: string[]): Caller {
  const anyTenant = tenants.includes('*');
  return { name: 'architect', tenants: new Set(tenants), anyTenant, scopes: new Set(['lookup'] as const) };
}

describe('the tenant', () => {
  it.each([
    ['the one in the input', callerOf('10001', '10002'), '10002', undefined, '10002'],
    ['the one in the header', callerOf('10001', '10002'), undefined, '10002', '10002'],
    ['the one in the input, whatever the header says', callerOf('10001', '10002'), '10001', '10002', '10001'],
    ["the caller's only one", callerOf('10001'), undefined, undefined, '10001'],
    ["the caller's only one, where the header was left unset", callerOf('10001'), undefined, '${input.org}', '10001'],
    ['the one in the header, where the input was', callerOf('10001', '10002'), '$!{input.tenantId}', '10002', '10002'],
    ['any, for a caller of all', callerOf('*'), 'Tenant_of-9', undefined, 'Tenant_of-9'],
    ['trimmed', callerOf('10001'), ' 10001 ', undefined, '10001'],
    ['as long as 64 characters', callerOf('*'), 'x'.repeat(64), undefined, 'x'.repeat(64)],
  ])('is %s', (_, caller, input, header, tenant) => {
    expect(resolveTenant(caller, input, header)).toBe(tenant);
  });

  it.each([
    ['named by nobody, with several to choose from', callerOf('10001', '10002'), undefined, 'invalid_tenant', 400],
    ['named by nobody, with all to choose from', callerOf('*'), undefined, 'invalid_tenant', 400],
    ['the star itself', callerOf('*'), '*', 'invalid_tenant', 400],
    ['longer than 64 characters', callerOf('*'), 'x'.repeat(65), 'invalid_tenant', 400],
    ["another's", callerOf('10001'), '10002', 'wrong_tenant', 403],
    ["another's, of several", callerOf('10001', '10002'), '10003', 'wrong_tenant', 403],
    ['written in another case', callerOf('acme'), 'ACME', 'wrong_tenant', 403],
  ])('is refused when it is %s', (_, caller, input, code, status) => {
    expect(() => resolveTenant(caller, input, undefined)).toThrow(expect.objectContaining({ code, status }));
  });

  it('is always a plain word, and every other is refused without being repeated', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }), (text) => {
        fc.pre(text.trim() !== '' && unsetInput(text.trim()) === undefined);
        try {
          expect(resolveTenant(callerOf('*'), text, undefined)).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
        } catch (error) {
          expect(error).toBeInstanceOf(HttpProblem);
          expect((error as HttpProblem).message).toBe(
            'invalid tenant; allowed: 1 to 64 letters, digits, dashes and underscores',
          );
        }
      }),
    );
  });
});
