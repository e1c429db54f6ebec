import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Caller } from '../../../src/contracts/caller.js';
import { HttpProblem } from '../../../src/kernel/errors.js';
import { resolveTenant } from '../../../src/contracts/tenant.js';
import { unsetInput } from '../../../src/contracts/unset-input.js';

function callerOf(...tenants: string[]): Caller {
  const anyTenant = tenants.includes('*');
  const scopes = new Set(['lookup'] as const);
  return { name: 'architect', tenants: new Set(tenants), anyTenant, scopes, lookups: undefined };
}

describe('resolveTenant', () => {
  it.each([
    ['the one in the input', callerOf('10001', '10002'), '10002', undefined, '10002'],
    ['the one in the header', callerOf('10001', '10002'), undefined, '10002', '10002'],
    ['the one in the input, even if the header has another', callerOf('10001', '10002'), '10001', '10002', '10001'],
    ["the caller's only one", callerOf('10001'), undefined, undefined, '10001'],
    [
      "the caller's only one, if the header is an unset placeholder",
      callerOf('10001'),
      undefined,
      '${input.org}',
      '10001',
    ],
    [
      'the one in the header, if the input is an unset placeholder',
      callerOf('10001', '10002'),
      '$!{input.tenantId}',
      '10002',
      '10002',
    ],
    ['any, for a caller of all tenants', callerOf('*'), 'Tenant_of-9', undefined, 'Tenant_of-9'],
    ['the one in the input, trimmed', callerOf('10001'), ' 10001 ', undefined, '10001'],
    ['one of 64 characters', callerOf('*'), 'x'.repeat(64), undefined, 'x'.repeat(64)],
  ])('resolves the tenant to %s', (_, caller, input, header, tenant) => {
    expect(resolveTenant(caller, input, header)).toBe(tenant);
  });

  it.each([
    ['not named by a caller of several tenants', callerOf('10001', '10002'), undefined, 'invalid_tenant', 400],
    ['not named by a caller of all tenants', callerOf('*'), undefined, 'invalid_tenant', 400],
    ['a star', callerOf('*'), '*', 'invalid_tenant', 400],
    ['longer than 64 characters', callerOf('*'), 'x'.repeat(65), 'invalid_tenant', 400],
    ['the tenant of another caller', callerOf('10001'), '10002', 'wrong_tenant', 403],
    ['not among the tenants of the caller', callerOf('10001', '10002'), '10003', 'wrong_tenant', 403],
    ['written in another case', callerOf('acme'), 'ACME', 'wrong_tenant', 403],
  ])('refuses a tenant that is %s', (_, caller, input, code, status) => {
    expect(() => resolveTenant(caller, input, undefined)).toThrow(expect.objectContaining({ code, status }));
  });

  it('resolves only to plain words and refuses any other text without repeating it', () => {
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
