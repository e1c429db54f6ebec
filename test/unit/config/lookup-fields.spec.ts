import { describe, expect, it } from '@jest/globals';
import { AGENT_ACTIONS } from '../../../src/config/sections/lookups/platform-limits.js';
import { edited, lineOf, loadText } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';
import { refusesLookup, type Case } from '../../fixtures/config/refused-change.js';

const VIP = 'vip: { type: boolean, default: true }';

describe('the fields of a lookup', () => {
  it.each<Case>([
    [
      VIP,
      'vip: { type: text }',
      'customer.fields.vip.type',
      '"text"',
      'unknown word: string, boolean, integer, number',
    ],
    [VIP, 'vip: boolean', 'customer.fields.vip', '"boolean"', 'not a map'],
    [VIP, 'vip: {}', 'customer.fields.vip.type', undefined, 'missing'],
    [VIP, 'contactFound: { type: boolean }', 'customer.fields.contactFound', undefined, 'answer field'],
    [VIP, 'source: { type: string }', 'customer.fields.source', undefined, 'answer field'],
    [VIP, 'cacheHit: { type: boolean }', 'customer.fields.cacheHit', undefined, 'answer field'],
    [VIP, 'latencyMs: { type: integer }', 'customer.fields.latencyMs', undefined, 'answer field'],
    [VIP, 'error: { type: string }', 'customer.fields.error', undefined, 'answer field'],
    [VIP, 'a.b: { type: string, from: a.b }', 'customer.fields["a.b"]', undefined, 'not a name'],
    [VIP, '1st: { type: string, from: first }', 'customer.fields.1st', undefined, 'not a name'],
    [VIP, '_vip: { type: string, from: vip }', 'customer.fields._vip', undefined, 'not a name'],
    [VIP, 'größe: { type: string, from: vip }', 'customer.fields["größe"]', undefined, 'not a name'],
    [VIP, 'orgId: { type: string }', 'customer.fields.orgId', undefined, 'Genesys input'],
    [VIP, 'integrationId: { type: string }', 'customer.fields.integrationId', undefined, 'Genesys input'],
    [VIP, 'rawRequest: { type: string }', 'customer.fields.rawRequest', undefined, 'Genesys input'],
    [VIP, 'vip: { type: boolean, description: [x] }', 'customer.fields.vip.description', undefined, 'not text'],
    [
      VIP,
      'vip: { type: boolean, from: "a b" }',
      'customer.fields.vip.from',
      '"a b"',
      'not an expression: Syntax error: "b", character 3',
    ],
    [
      VIP,
      'vip: { type: boolean, from: $vip(customer) }',
      'customer.fields.vip.from',
      '"$vip(customer)"',
      'unknown name in an expression: vip',
    ],
    [
      VIP,
      'vip: { type: boolean, keep: 1 }',
      'customer.fields.vip.keep',
      undefined,
      'unknown key: type, from, default, description',
    ],
    [
      VIP,
      'vip: { type: boolean, default: "true" }',
      'customer.fields.vip.default',
      '"true"',
      'default of another type: true or false',
    ],
    [
      VIP,
      'vip: { type: boolean, default: null }',
      'customer.fields.vip.default',
      'null',
      'default of another type: true or false',
    ],
    [
      VIP,
      'vip: { type: integer, default: 1.5 }',
      'customer.fields.vip.default',
      '1.5',
      'default of another type: a whole number',
    ],
    [
      VIP,
      'vip: { type: integer, default: 1e300 }',
      'customer.fields.vip.default',
      '1e+300',
      'default of another type: a whole number',
    ],
    [
      VIP,
      'vip: { type: number, default: "1" }',
      'customer.fields.vip.default',
      '"1"',
      'default of another type: a number',
    ],
    [
      VIP,
      'vip: { type: number, default: .inf }',
      'customer.fields.vip.default',
      'Infinity',
      'default of another type: a number',
    ],
    [
      VIP,
      'vip: { type: string, default: 7 }',
      'customer.fields.vip.default',
      '7',
      'default of another type: text, in quotes if it looks like something else',
    ],
  ])('are refused where "%s" is "%s"', (...refused) => refusesLookup(refused));

  it('have defaults that are an answer every platform takes', () => {
    const text = edited(VIP, `vip: { type: string, default: ${'x'.repeat(31_000)} }`);
    const kind = 'defaults too large: 31000';
    const place = { source: 'datadip.yaml', line: lineOf(text, '    fields:'), key: 'lookups.customer.fields' };
    expect(kindsOf(() => loadText(text))).toEqual([{ ...place, kind }]);
  });

  it.each(AGENT_ACTIONS)('of a lookup called %s are moot', (taken) => {
    const text = edited('  search:', `  ${taken}:`);
    const kind = 'Data Action name';
    const place = { source: 'datadip.yaml', line: lineOf(text, `  ${taken}:`), key: `lookups.${taken}` };
    expect(kindsOf(() => loadText(text))).toEqual([{ ...place, kind }]);
  });

  it.each([
    [0, '{}'],
    [65, `{ ${Array.from({ length: 65 }, (_, at) => `f${at}: { type: string }`).join(', ')} }`],
  ])('are 1 to 64, not %i', (_, fields) => {
    const text = edited(
      '    fields:\n      in: { type: string }\n      in-arrears: { type: boolean }',
      `    fields: ${fields}`,
    );
    const problem = {
      line: lineOf(text, '    fields: {'),
      key: 'lookups.search.fields',
      kind: 'number of fields: 1 to 64',
    };
    expect(kindsOf(() => loadText(text))).toEqual([{ source: 'datadip.yaml', ...problem }]);
  });

  it('take a substituted default as their type reads it', () => {
    const defaults = 'vip: { type: boolean, default: ${VIP} }\n      code: { type: string, default: ${CODE} }';
    const config = loadText(edited(VIP, defaults).replace('default: 7', 'default: ${CODE}'), {
      CRM_TOKEN: 't',
      BILLING_PASSWORD: 'p',
      ARCHITECT_KEY: 'a',
      WEBHOOK_SECRET: 's',
      VIP: 'true',
      CODE: '42',
    });
    const fields = config.lookups.get('customer')?.fields;
    expect([fields?.get('vip')?.default, fields?.get('code')?.default, fields?.get('orders')?.default]).toEqual([
      true,
      '42',
      42,
    ]);
  });
});
