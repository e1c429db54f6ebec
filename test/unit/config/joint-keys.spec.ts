import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { loadText, lookupOf } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const ACCOUNT = { input: 'account', kind: 'id' };
const PIN = { input: 'pin', kind: 'id' };
const ANI = { input: 'ani', kind: 'phone' };
const JOINT = { all: [ACCOUNT, PIN] };
const QUERY = { account: '{account}', pin: '{pin}' };

function fileWith(key: unknown, origin: object = { path: '/x', query: QUERY }, others: object = {}): string {
  return stringify({
    country: 'US',
    systems: { crm: { baseUrl: 'https://crm.example.com' } },
    lookups: {
      member: { key, origin: { system: 'crm', ...origin }, fields: { id: { type: 'string' } } },
      ...others,
    },
  });
}

function problems(...file: Parameters<typeof fileWith>): string[] {
  return kindsOf(() => loadText(fileWith(...file))).map(({ key, kind }) => `${key}: ${kind}`);
}

describe('a key of several inputs together', () => {
  it('stands next to other alternatives, and reads phone numbers in the country of the file', () => {
    const query = { ...QUERY, phone: '{ani}', email: '{email}' };
    const joint = { all: [ACCOUNT, PIN, ANI] };
    const text = fileWith([joint, { input: 'email', kind: 'email' }], { path: '/x', query });
    expect(lookupOf(loadText(text), 'member').key).toEqual([
      { all: [ACCOUNT, PIN, { ...ANI, country: 'US' }] },
      { input: 'email', kind: 'email' },
    ]);
  });

  it('may stand in a path, because the request gives all of them', () => {
    expect(problems([JOINT], { path: '/accounts/{account}/pins/{pin}' })).toEqual([]);
    expect(problems([JOINT, ANI], { path: '/accounts/{account}', query: { pin: '{pin}', ani: '{ani}' } })).toEqual([
      'lookups.member.origin.path: optional input: {account}',
    ]);
  });

  it.each<[string, unknown, string]>([
    ['one input', [{ all: [ACCOUNT] }], 'key[0].all: not a list of length: 2 to 8'],
    ['no list', [{ all: ACCOUNT }], 'key[0].all: not a list of length: 2 to 8'],
    ['a kind next to all', [{ ...JOINT, kind: 'id' }], 'key[0].kind: unknown key: all'],
    ['an input twice', [{ all: [ACCOUNT, PIN, ACCOUNT] }], 'key[0].all[2].input: repeated input'],
    ['an input of an alternative', [JOINT, PIN], 'key[1].input: repeated input'],
    ['a list in a list', [{ all: [ACCOUNT, JOINT] }], 'key[0].all[1].input: missing'],
    ['an input that is not used', [{ all: [ACCOUNT, PIN, ANI] }], 'key[0].all[2].input: unused input'],
    [
      'a country for an id',
      [{ all: [ACCOUNT, { ...PIN, country: 'US' }] }],
      'key[0].all[1].country: country of another kind',
    ],
  ])('is refused with %s', (_, key, problem) => {
    expect(problems(key)).toContain(`lookups.member.${problem}`);
  });

  it('is given whole by a composed lookup', () => {
    const person = {
      key: [ANI],
      origin: { system: 'crm', path: '/persons', query: { phone: '{ani}' } },
      fields: { account: { type: 'string' }, pin: { type: 'string' } },
    };
    const whole = (given: object) => ({
      person,
      whole: { compose: [{ lookup: 'person' }, { lookup: 'member', with: given }], fields: { id: 'member.id' } },
    });
    expect(problems([JOINT], undefined, whole({ account: 'person.account', pin: 'person.pin' }))).toEqual([]);
    expect(problems([JOINT], undefined, whole({ account: 'person.account' }))).toEqual([
      'lookups.whole.compose[1].with: no whole alternative: account and pin',
    ]);
    expect(problems([JOINT], undefined, whole({ account: 'person.account', id: 'person.pin' }))).toEqual([
      'lookups.whole.compose[1].with.id: not an input of the part: account, pin',
    ]);
  });
});
