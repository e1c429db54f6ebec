import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { lookupRoutes } from '../../../src/contracts/lookup-route.js';
import { loadText } from '../../fixtures/config/load-text.js';

const JOINT = {
  all: [
    { input: 'account', kind: 'id' },
    { input: 'pin', kind: 'id' },
  ],
};
const EMAIL = { input: 'email', kind: 'email' };
const lookup = (key: unknown, query: unknown) => ({
  key,
  origin: { system: 'crm', path: '/x', query },
  fields: { id: { type: 'string' } },
});

const { lookups, composedLookups } = loadText(
  stringify({
    systems: { crm: { baseUrl: 'https://crm.example.com' } },
    lookups: {
      joint: lookup([JOINT], { q: '{account}{pin}' }),
      either: lookup([JOINT, EMAIL], { q: '{account}{pin}', email: '{email}' }),
      byEmail: lookup([EMAIL], { email: '{email}' }),
      twice: { compose: [{ lookup: 'joint' }, { lookup: 'either' }], fields: { id: 'joint.id' } },
    },
  }),
);

/** The inputs of a lookup as OpenAPI and Data Actions describe them. */
function inputsOf(name: string): (readonly [string, boolean, string])[] {
  const route = lookupRoutes(lookups, composedLookups).find((found) => found.name === name);
  return (route?.inputs ?? []).map((input) => [input.name, input.required, input.description]);
}

describe('the inputs of a described lookup', () => {
  it('are all required if they are the only alternative', () => {
    expect(inputsOf('joint')).toEqual([
      ['account', true, 'Id. Counts only together with pin'],
      ['pin', true, 'Id. Counts only together with account'],
    ]);
    expect(inputsOf('byEmail')).toEqual([['email', true, 'E-mail address']]);
  });

  it.each(['either', 'twice'])('are optional next to another alternative, each listed once: %s', (name) => {
    expect(inputsOf(name)).toEqual([
      ['account', false, 'Id. Counts only together with pin. One of the inputs is required'],
      ['pin', false, 'Id. Counts only together with account. One of the inputs is required'],
      ['email', false, 'E-mail address. One of the inputs is required'],
    ]);
  });
});
