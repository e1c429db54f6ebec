import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { loadText } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const FIELDS = { id: { type: 'string' }, tier: { type: 'string', default: 'Standard' } };
const CUSTOMER = {
  key: [{ input: 'ani', kind: 'phone' }],
  origin: { system: 'crm', path: '/customers', query: { phone: '{ani}' } },
  fields: FIELDS,
};
const BALANCE = {
  key: [{ input: 'customerId', kind: 'id' }],
  origin: { system: 'crm', path: '/balances/{customerId}' },
  fields: { balance: { type: 'number' } },
};
const COMPOSE = [{ lookup: 'customer' }, { lookup: 'balance', with: { customerId: 'customer.id' } }];
const WHOLE = { compose: COMPOSE, fields: { tier: 'customer.tier', owed: 'balance.balance' } };

function fileWith(caller: unknown, lookups: Record<string, unknown> = {}): string {
  return stringify({
    systems: { crm: { baseUrl: 'https://crm.example.com' } },
    lookups: { customer: CUSTOMER, balance: BALANCE, caller, ...lookups },
  });
}

/** The problems of a file with this composed lookup, as `key: kind`. */
function problems(caller: unknown, lookups: Record<string, unknown> = {}): string[] {
  return kindsOf(() => loadText(fileWith(caller, lookups))).map(({ key, kind }) => `${key}: ${kind}`);
}

const withParts = (...compose: unknown[]) => ({ ...WHOLE, compose });

describe('a composed lookup', () => {
  it('names lookups as its parts, and takes the type and default of its fields from them', () => {
    const { lookups, composedLookups } = loadText(fileWith(WHOLE));
    expect([...lookups.keys()]).toEqual(['customer', 'balance']);
    const caller = composedLookups.get('caller');
    expect(caller?.parts.map(({ lookup }) => lookup.name)).toEqual(['customer', 'balance']);
    expect(caller?.parts.map((part) => part.with)).toEqual([
      undefined,
      new Map([['customerId', { part: 'customer', field: 'id' }]]),
    ]);
    expect(caller?.fields.get('tier')).toMatchObject({ part: 'customer', declared: { default: 'Standard' } });
    expect(caller?.fields.get('owed')?.declared.type).toBe('number');
  });

  it.each<[string, unknown, string[]]>([
    ['has no parts', withParts(), ['lookups.caller.compose: not a list of length: 1 to 8']],
    ['has no fields', { compose: COMPOSE }, ['lookups.caller.fields: missing']],
    ['has an empty map of fields', { ...WHOLE, fields: {} }, ['lookups.caller.fields: number of fields: 1 to 64']],
    ['has a key', { ...WHOLE, key: [] }, ['lookups.caller.key: unknown key: description, compose, fields, limits']],
  ])('is refused if it %s', (_, caller, expected) => {
    expect(problems(caller)).toEqual(expected);
  });

  it('is refused if a part is unknown, repeated or composed', () => {
    expect(problems(withParts(...COMPOSE, { lookup: 'cases' }))).toEqual([
      'lookups.caller.compose[2].lookup: unknown lookup: customer, balance',
    ]);
    expect(problems(withParts(...COMPOSE, { lookup: 'customer' }))).toEqual([
      'lookups.caller.compose[2].lookup: repeated part',
    ]);
    expect(problems(WHOLE, { whole: withParts(...COMPOSE, { lookup: 'caller' }) })).toEqual([
      'lookups.whole.compose[2].lookup: composed part',
    ]);
  });

  it('is refused if it is a part of itself', () => {
    expect(problems(withParts(...COMPOSE, { lookup: 'caller' }))).toEqual([
      'lookups.caller.compose[2].lookup: composed part',
    ]);
  });

  it('is refused if `with` names a later part, no part, no field, or no input', () => {
    const balance = (given: Record<string, string>) => ({ lookup: 'balance', with: given });
    expect(problems(withParts(balance({ customerId: 'customer.id' }), { lookup: 'customer' }))).toEqual([
      'lookups.caller.compose[0].with.customerId: no earlier part: none',
    ]);
    expect(problems(withParts(COMPOSE[0], balance({ customerId: 'crm.id' })))).toEqual([
      'lookups.caller.compose[1].with.customerId: no earlier part: customer',
    ]);
    expect(problems(withParts(COMPOSE[0], balance({ customerId: 'customer.number' })))).toEqual([
      'lookups.caller.compose[1].with.customerId: unknown field of a part: id, tier',
    ]);
    expect(problems(withParts(COMPOSE[0], balance({ id: 'customer.id' })))).toEqual([
      'lookups.caller.compose[1].with.id: not an input of the part: customerId',
    ]);
    expect(problems(withParts(COMPOSE[0], balance({})))).toEqual([
      'lookups.caller.compose[1].with: no input for the part',
    ]);
    expect(problems(withParts(COMPOSE[0], balance({ customerId: '$uppercase(customer.id)' })))).toEqual([
      'lookups.caller.compose[1].with.customerId: not a field of a part',
    ]);
  });

  it('is refused if a field names no field of a part', () => {
    expect(problems({ ...WHOLE, fields: { tier: 'customer.rank' } })).toEqual([
      'lookups.caller.fields.tier: unknown field of a part: id, tier',
    ]);
    expect(problems({ ...WHOLE, fields: { tier: 'profile.tier' } })).toEqual([
      'lookups.caller.fields.tier: foreign part: customer, balance',
    ]);
    expect(problems({ ...WHOLE, fields: { tier: 'tier' } })).toEqual([
      'lookups.caller.fields.tier: not a field of a part',
    ]);
  });

  it.each(['partial', 'missing', 'error', 'contactFound'])('is refused if a field is called %s', (name) => {
    expect(problems({ ...WHOLE, fields: { [name]: 'customer.tier' } })).toEqual([
      `lookups.caller.fields.${name}: answer field`,
    ]);
  });

  it('is refused if its defaults together are too large for a platform', () => {
    const long = { type: 'string', default: 'x'.repeat(20_000) };
    const parts = { customer: { ...CUSTOMER, fields: { id: { type: 'string' }, long } } };
    const fields = { one: 'customer.long', two: 'customer.long' };
    expect(problems({ ...WHOLE, fields }, parts)).toEqual(['lookups.caller.fields: defaults too large: 31000']);
  });

  it('is left out if the system of a part is left out', () => {
    const genesys = { baseUrl: 'https://api.example.com', auth: { type: 'genesys', optional: true } };
    const text = stringify({
      systems: { crm: { baseUrl: 'https://crm.example.com' }, genesys },
      lookups: {
        customer: CUSTOMER,
        balance: { ...BALANCE, origin: { ...BALANCE.origin, system: 'genesys' } },
        caller: WHOLE,
      },
    });
    expect([...loadText(text).composedLookups]).toEqual([]);
  });
});
