import { describe, expect, it } from '@jest/globals';
import { loadText } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const ORGANIZATION = '00000000-0000-4000-8000-000000000001';
const CLIENT = 'clientId: a, clientSecret: b, environment: mypurecloud.ie';
const GENESYS = `{ auth: { type: genesys, ${CLIENT} } }`;
const SECOND = '{ auth: { type: genesys, clientId: c, clientSecret: d, environment: mypurecloud.de } }';
const USERS = `{ organizations: [ "${ORGANIZATION}" ] }`;
const RIGHTS = 'tenants: [ "10001" ], scopes: [ lookup ]';

/** A file with these systems next to a CRM, and with these callers. */
function file(callers: readonly string[], systems: readonly string[] = [`genesys: ${GENESYS}`]): string {
  return [
    'systems:',
    '  crm: { baseUrl: http://crm.example.com, auth: { type: none } }',
    ...systems.map((line) => `  ${line}`),
    'lookups:',
    '  profile:',
    '    key: [ { input: customerId, kind: id } ]',
    '    origin: { system: crm, path: "/c/{customerId}" }',
    '    fields: { tier: { type: string, default: "" } }',
    'callers:',
    ...callers.map((line) => `  ${line}`),
  ].join('\n');
}

function told(text: string): (readonly [string, string])[] {
  return kindsOf(() => loadText(text, {})).map(({ key, kind }) => [key, kind]);
}

describe('genesysUsers', () => {
  it('uses the only system of Genesys Cloud and five requests per user and second', () => {
    const { callers } = loadText(file([`desktop: { genesysUsers: ${USERS}, ${RIGHTS} }`]), {});
    expect(callers.get('desktop')?.genesysUsers).toEqual({
      ...{ organizations: [ORGANIZATION], system: 'genesys', maxPerUserPerSecond: 5 },
    });
  });

  it('may name its system and its limit', () => {
    const users = `{ organizations: [ "${ORGANIZATION}", other ], system: second }`;
    const limits = 'limits: { maxPerSecond: 200, maxPerUserPerSecond: 9 }';
    const text = file(
      [`desktop: { genesysUsers: ${users}, ${RIGHTS}, ${limits} }`],
      [`genesys: ${GENESYS}`, `second: ${SECOND}`],
    );
    const desktop = loadText(text, {}).callers.get('desktop');
    expect(desktop?.genesysUsers).toMatchObject({ system: 'second', maxPerUserPerSecond: 9 });
    expect(desktop?.limits).toEqual({ maxPerSecond: 200, maxConcurrent: undefined });
  });

  it.each([
    ['{ organizations: [] }', 'organizations', 'not a list of length: 1 to 1000'],
    ['{ }', 'organizations', 'missing'],
    ['{ organizations: [ "" ] }', 'organizations[0]', 'empty'],
    [`{ organizations: [ a ], orgs: [ b ] }`, 'orgs', 'unknown key: organizations, system'],
    [`{ organizations: [ a ], system: billing }`, 'system', 'unknown system: crm, genesys'],
    [`{ organizations: [ a ], system: crm }`, 'system', 'no Genesys system'],
  ])('is refused as %s', (users, key, kind) => {
    const text = file([`desktop: { genesysUsers: ${users}, ${RIGHTS} }`]);
    expect(told(text)).toEqual([[`callers.desktop.genesysUsers.${key}`, kind]]);
  });

  it('is refused next to other credentials, and with the scopes of programs', () => {
    const scopes = 'tenants: [ "10001" ], scopes: [ lookup, operate ]';
    const text = file([`desktop: { apiKeys: [ a-key-of-sixteen-letters ], genesysUsers: ${USERS}, ${scopes} }`]);
    expect(told(text)).toEqual([
      ['callers.desktop.genesysUsers', 'users next to other credentials'],
      ['callers.desktop.scopes[1]', 'scope of a program: lookup, agents'],
    ]);
  });

  it('is needed for a limit per user', () => {
    const limits = 'limits: { maxPerUserPerSecond: 5 }';
    const text = file([`flow: { apiKeys: [ a-key-of-sixteen-letters ], ${RIGHTS}, ${limits} }`]);
    expect(told(text)).toEqual([['callers.flow.limits.maxPerUserPerSecond', 'limit without users']]);
  });

  it.each([
    ['no system of Genesys Cloud', [], 'no system for users'],
    [
      'several systems of Genesys Cloud',
      [`genesys: ${GENESYS}`, `second: ${SECOND}`],
      'several systems for users: genesys, second',
    ],
    [
      'an optional system without its client',
      ['genesys: { auth: { type: genesys, optional: true } }'],
      'no client for users',
    ],
  ])('needs a system: %s', (_case, systems, kind) => {
    const text = file([`desktop: { genesysUsers: ${USERS}, ${RIGHTS} }`], systems);
    expect(told(text)).toEqual([['callers.desktop.genesysUsers', kind]]);
  });

  it('shares neither an organization nor the choice of the system between callers', () => {
    const first = `one: { genesysUsers: { organizations: [ "${ORGANIZATION}" ], system: genesys }, ${RIGHTS} }`;
    const second = `two: { genesysUsers: { organizations: [ "${ORGANIZATION.toUpperCase()}" ], system: second }, ${RIGHTS} }`;
    expect(told(file([first, second], [`genesys: ${GENESYS}`, `second: ${SECOND}`]))).toEqual([
      ['callers.two.genesysUsers.system', 'second system for users: one'],
      ['callers.two.genesysUsers.organizations[0]', 'organization of two callers: one'],
    ]);
  });
});
