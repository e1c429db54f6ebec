import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { loadText } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

interface Declared {
  readonly system?: object;
  readonly query?: object;
  readonly own?: object;
}

/** A file whose lookup sends `query`, and whose tenant 20002 may have its own system. */
function file({ system = {}, query = { phone: '{ani}' }, own }: Declared): string {
  return stringify({
    systems: { crm: { baseUrl: 'https://crm.example.com', ...system } },
    lookups: {
      customer: {
        key: [{ input: 'ani', kind: 'phone' }],
        origin: { system: 'crm', path: '/p', query },
        fields: { tier: { type: 'string' } },
      },
    },
    ...(own === undefined ? {} : { tenants: { '20002': { systems: { crm: own } } } }),
  });
}

const problems = (declared: Declared) =>
  kindsOf(() => loadText(file(declared))).map(({ line, key, value, kind }) => [line, key, value, kind]);
const KEY = { auth: { type: 'query', name: 'apikey', value: 'secret-1' } };
const OWN = 'tenants.20002.systems.crm';

describe('a parameter of the query', () => {
  it.each<[string, Declared]>([
    ['the lookup and the system send different names', { system: { query: { v: '1' } } }],
    ['the names differ in case', { system: { query: { Phone: '1' } } }],
    ['the lookup sends a name several times', { query: { phone: ['{ani}', '{ani|digits}'] } }],
    ['the own system sends another name', { own: { query: { v: '1' } } }],
  ])('is accepted if %s', (_when, declared) => {
    expect(problems(declared)).toEqual([]);
  });

  it.each<[string, Declared, number, string]>([
    [
      'a constant of its system',
      { system: { query: { phone: 'secret-2' } } },
      15,
      'lookups.customer.origin.query.phone',
    ],
    [
      'the key of its system',
      { system: KEY, query: { phone: '{ani}', apikey: 'secret-3' } },
      18,
      'lookups.customer.origin.query.apikey',
    ],
  ])('of a lookup is refused if it is also %s', (_what, declared, line, key) => {
    expect(problems(declared)).toEqual([[line, key, undefined, 'parameter of the system']]);
  });

  it('of a system is refused if it is also its key', () => {
    const system = { ...KEY, query: { v: '1', apikey: 'secret-4' } };
    expect(problems({ system })).toEqual([[10, 'systems.crm.query.apikey', undefined, 'parameter of auth']]);
  });

  it.each<[string, Declared, string]>([
    ['a constant', { own: { query: { phone: 'secret-5' } } }, `${OWN}.query.phone`],
    ['a key', { own: { auth: { type: 'query', name: 'phone', value: 'secret-6' } } }, `${OWN}.auth.name`],
  ])("of a lookup is refused as %s of a tenant's own system, at the own system", (_what, declared, key) => {
    expect(problems(declared)).toEqual([[expect.any(Number), key, undefined, 'parameter of a lookup: customer']]);
  });

  it('is reported once if the own system inherits it', () => {
    const declared = { system: { query: { phone: 'secret-7' } }, own: { timeoutMs: 1000 } };
    expect(problems(declared)).toEqual([
      [expect.any(Number), 'lookups.customer.origin.query.phone', undefined, 'parameter of the system'],
    ]);
  });
});
