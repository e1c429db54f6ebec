import { describe, expect, it } from '@jest/globals';
import type { Config } from '../../../src/config/config.js';
import { allSystems } from '../../../src/config/sections/systems/all-systems.js';
import { FULL, lineOf, loadText, NAMES, PRODUCTION } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const LIMITED = '{ maxConcurrent: 60, backgroundShare: 0.2 }';
const LOOKUPS = [
  'lookups:',
  '  customer:',
  '    key: [{ input: ani, kind: phone }]',
  '    origin: { system: crm, path: "/{ani}" }',
  '    customerId: id',
  '    fields: { tier: { type: string } }',
  '    limits: { maxCalls: 50 }',
  '    prewarm: [{ cron: "0 8 * * *", top: 10 }]',
];
const SYSTEMS = [
  'systems:',
  `  crm: { baseUrl: http://127.0.0.1:1, auth: { type: bearer, token: token-of-all }, timeoutMs: 700, limits: ${LIMITED} }`,
  '  erp: { type: postgres, url: "postgres://u:p@127.0.0.1:2/erp", poolSize: 20, limits: { maxConcurrent: 15 } }',
  '  platform: { auth: { type: genesys, optional: true } }',
];
const GENESYS = {
  GENESYS_CLIENT_ID: 'id',
  GENESYS_CLIENT_SECRET: 'secret-of-genesys',
  GENESYS_ENVIRONMENT: 'mypurecloud.com',
};

const file = (own: string, systems = SYSTEMS): string =>
  [...systems, ...LOOKUPS, 'tenants:', `  "20002": { systems: ${own} }`, ''].join('\n');
const ownOf = (config: Config, system: string, tenant = '20002') => config.tenants.get(tenant)?.systems.get(system);

describe("a tenant's own system", () => {
  it('replaces the keys that it gives, and inherits the others', () => {
    const config = loadText(file('{ crm: { baseUrl: http://127.0.0.1:7 } }'));
    const { name, tenant, ...own } = ownOf(config, 'crm') ?? {};
    const { name: _name, ...shared } = config.systems.get('crm') ?? {};

    expect([name, tenant]).toEqual(['crm@20002', '20002']);
    expect(own).toEqual({ ...shared, baseUrl: 'http://127.0.0.1:7' });
  });

  it.each([
    ['auth', '{ type: basic, username: u, password: p }', { type: 'basic', username: 'u', password: 'p' }],
    ['limits', '{ maxConcurrent: 70 }', { maxConcurrent: 70, backgroundShare: 0.5 }],
  ])('replaces %s as a whole', (key, text, expected) => {
    const own = ownOf(loadText(file(`{ crm: { ${key}: ${text} } }`)), 'crm');

    expect(own).toMatchObject({ baseUrl: 'http://127.0.0.1:1', timeoutMs: 700, [key]: expected });
  });

  it('may be a database, and takes values from the environment', () => {
    const own = ownOf(loadText(file('{ erp: { url: "${ERP}" } }'), { ERP: 'postgres://u:p@127.0.0.1:9/own' }), 'erp');

    expect(own).toMatchObject({ type: 'postgres', url: 'postgres://u:p@127.0.0.1:9/own', poolSize: 20 });
  });

  it('may give no key, and then has its own limits', () => {
    expect(ownOf(loadText(file('{ crm: {} }')), 'crm')).toMatchObject({ name: 'crm@20002', timeoutMs: 700 });
  });

  it('is left out with its system', () => {
    const text = file('{ platform: { timeoutMs: 900 } }');

    expect(ownOf(loadText(text), 'platform')).toBeUndefined();
    expect(ownOf(loadText(text, { ...NAMES, ...GENESYS }), 'platform')).toMatchObject({ timeoutMs: 900 });
  });

  it('is among all systems under its own name', () => {
    const config = loadText(file('{ crm: {} }'));

    expect([...allSystems(config).keys()]).toEqual(['crm', 'erp', 'crm@20002']);
    expect([...config.systems.keys()]).toEqual(['crm', 'erp']);
  });

  it.each([
    ['{ billing: { baseUrl: http://127.0.0.1:7 } }', 'billing', 'unknown system: crm, erp, platform'],
    ['{ crm: { timeoutMs: soon } }', 'crm.timeoutMs', 'not milliseconds: 1 to 60000'],
    ['{ crm: { baseUrl: crm } }', 'crm.baseUrl', 'not an HTTP address'],
    ['{ crm: { auth: { type: bearer } } }', 'crm.auth.token', 'missing'],
    ['{ crm: http://127.0.0.1:7 }', 'crm', 'not a map'],
    ['{ crm: { baseUrl: "${OTHER_CRM}" } }', 'crm.baseUrl', 'variable not set: OTHER_CRM'],
    ['{ crm: { type: postgres } }', 'crm.type', 'type of an own system: http'],
    [
      '{ crm: { limits: { maxConcurrent: 40 } } }',
      'crm.limits.maxConcurrent',
      'fewer calls than a lookup: customer: 50',
    ],
    ['{ crm: { limits: { backgroundShare: 0 } } }', 'crm.limits.backgroundShare', 'no share for a lookup: customer'],
    ['{ crm: { limits: { adaptive: true } } }', 'crm.limits.adaptive', 'adaptive without limit'],
    [
      '{ crm: { auth: { type: genesys, optional: true } } }',
      'crm.auth.clientId',
      'missing here and in environment: GENESYS_CLIENT_ID',
    ],
    ['crm', '', 'not a map'],
  ])('is refused if the systems are %s', (own, key, kind) => {
    const found = kindsOf(() => loadText(file(own)));
    const place = ['tenants.20002.systems', ...(key === '' ? [] : [key])].join('.');

    expect(found).toContainEqual(expect.objectContaining({ key: place, kind, line: lineOf(file(own), '  "20002"') }));
  });

  it('has only known keys', () => {
    const [found] = kindsOf(() => loadText(file('{ crm: { colour: blue } }')));
    expect(found?.key).toBe('tenants.20002.systems.crm.colour');
    expect(found?.kind).toMatch(/^unknown key: .*baseUrl/);
  });

  it('belongs to one tenant', () => {
    const text = file('{ crm: {} }').replace('"20002"', '"*"');
    expect(kindsOf(() => loadText(text))).toMatchObject([{ key: 'tenants["*"]', kind: 'every tenant' }]);
  });

  it('does not repeat the faults that it inherits', () => {
    const systems = SYSTEMS.map((line) => line.replace('timeoutMs: 700', 'timeoutMs: soon'));
    const found = kindsOf(() => loadText(file('{ crm: { baseUrl: http://127.0.0.1:7 } }', systems)));

    expect(found.map(({ key }) => key)).toEqual(['systems.crm.timeoutMs']);
  });

  it('never shows a secret', () => {
    const own = '{ crm: { auth: { type: bearer, token: " padded-secret" }, limits: { maxConcurrent: many } } }';
    const found = kindsOf(() => loadText(file(own)));

    expect(found).toMatchObject([{ kind: 'padded' }, { kind: 'not a whole number: 1 to 10000', value: '"many"' }]);
    expect(JSON.stringify(found)).not.toContain('padded-secret');
  });

  it('holds to the rules of production', () => {
    const own = '{ erp: { url: "postgres://u:p@db.example.com/erp" } }';
    const callers =
      'callers: { flow: { apiKeys: [a-key-of-sixteen-letters], tenants: ["10001"], scopes: [lookup] } }\n';
    const found = kindsOf(() => loadText(file(own) + callers, { ...NAMES, ...PRODUCTION }));

    expect(found.map(({ key }) => key)).toEqual(['tenants.20002.systems.erp.url']);
  });

  it('keeps a file of 500 tenants readable', () => {
    const tenants = Array.from(
      { length: 500 },
      (_, at) => `  "t${at}": { systems: { crm: { baseUrl: "http://t${at}.invalid" } } }`,
    );
    const text = [...SYSTEMS, ...LOOKUPS, 'tenants:', ...tenants, ''].join('\n');
    const config = loadText(text);

    expect(allSystems(config).size).toBe(502);
    expect(ownOf(config, 'crm', 't499')).toMatchObject({ baseUrl: 'http://t499.invalid' });
  });
});

describe('a file without own systems', () => {
  it('gives a tenant none', () => {
    expect(loadText(`${FULL}\ntenants: { "20002": {} }\n`).tenants.get('20002')).toEqual({
      home: undefined,
      systems: new Map(),
    });
  });
});
