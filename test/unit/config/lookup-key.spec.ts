import { describe, expect, it } from '@jest/globals';
import { edited, FULL, lineOf, loadText, lookupOf } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';
import { type Case } from '../../fixtures/config/refused-change.js';

const PHONE = '      - { input: ani, kind: phone }';
const KEY = '      - { input: email, kind: email }';

describe('the key of a lookup', () => {
  it.each<Case>([
    [KEY, '      - { input: email, kind: mail }', 'customer.key[1].kind', '"mail"', 'unknown word: phone, email, id'],
    [KEY, '      - { input: ani, kind: id }', 'customer.key[1].input', '"ani"', 'repeated input'],
    [PHONE, PHONE.replace(' }', ', country: us }'), 'customer.key[0].country', '"us"', 'not a country'],
    [KEY, '      - email', 'customer.key[1]', '"email"', 'not a map'],
  ])('is refused where "%s" is "%s"', (passage, instead, key, value, kind) => {
    const text = edited(passage, instead).replace(', email: "{email}"', '');
    const expected = { source: 'datadip.yaml', line: lineOf(text, instead), key: `lookups.${key}`, value, kind };
    expect(kindsOf(() => loadText(text))).toEqual([expected]);
  });

  it('has a country for phone numbers only', () => {
    const instead = KEY.replace(' }', ', country: US }');
    const text = edited(KEY, instead);
    const place = { source: 'datadip.yaml', line: lineOf(text, instead), key: 'lookups.customer.key[1].country' };
    expect(kindsOf(() => loadText(text))).toEqual([{ ...place, value: '"US"', kind: 'country of another kind' }]);
  });

  it('reads phone numbers in its own country, else in the country of the file', () => {
    const text = `country: US\n${edited(PHONE, PHONE.replace(' }', ', country: GB }'))}`;
    expect(lookupOf(loadText(text), 'customer').key[0]).toEqual({ input: 'ani', kind: 'phone', country: 'GB' });
    const [ani, email] = lookupOf(loadText(`country: US\n${FULL}`), 'customer').key;
    expect([ani, email]).toEqual([
      { input: 'ani', kind: 'phone', country: 'US' },
      { input: 'email', kind: 'email' },
    ]);
    expect(lookupOf(loadText(FULL), 'customer').key[0]).toEqual({ input: 'ani', kind: 'phone', country: undefined });
  });

  it.each([
    ['tenantId', 'tenant input'],
    ['orgId', 'Genesys input'],
    ['integrationId', 'Genesys input'],
    ['rawRequest', 'Genesys input'],
    ['1st', 'not a name'],
    ['a.b', 'not a name'],
  ])('cannot be the input %s', (input, kind) => {
    const text = edited(KEY, `      - { input: ${input}, kind: id }`).replace('"{email}"', `x`);
    const found = kindsOf(() => loadText(text));
    expect(found).toEqual([
      {
        source: 'datadip.yaml',
        line: lineOf(text, `input: ${input}`),
        key: 'lookups.customer.key[1].input',
        value: `"${input}"`,
        kind,
      },
    ]);
  });

  it.each([
    [0, '[]'],
    [9, `[${Array.from({ length: 9 }, (_, at) => `{ input: i${at}, kind: id }`).join(', ')}]`],
  ])('has 1 to 8 inputs, not %i', (_, list) => {
    const text = edited('    key:\n      - { input: customerId, kind: id }', `    key: ${list}`);
    const problem = { source: 'datadip.yaml', line: lineOf(text, `    key: [`), key: 'lookups.search.key' };
    expect(kindsOf(() => loadText(text))).toEqual([{ ...problem, kind: 'not a list of length: 1 to 8' }]);
  });
});
