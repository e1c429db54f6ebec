import { describe, expect, it } from '@jest/globals';
import type { Config } from '../../../src/config/config.js';
import type { LookupConfig } from '../../../src/config/sections/lookups/lookup-config.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { DataActions } from '../../../src/modules/data-actions/data-actions.js';
import { loadText, NAMES } from '../../fixtures/config/load-text.js';
import { realExport } from './platform/actions.js';
import type { ExportedAction } from './platform/exported-action.js';
import { Genesys } from './platform/genesys.js';
import { objections } from './platform/import-check.js';

const bundled = loadConfig({}, { sandbox: { url: 'http://127.0.0.1:9' } });
const BASE_URL = 'https://datadip.example.com';

function actions(config: Pick<Config, 'lookups' | 'callers' | 'deadlineMs'>): Map<string, ExportedAction> {
  const { files } = new DataActions(config.lookups, config.callers, config);
  return new Map(files.map(({ name, text }) => [name, JSON.parse(text(BASE_URL)) as ExportedAction]));
}

function actionOf(config: Config, name: string): ExportedAction {
  const action = actions(config).get(name);
  if (action === undefined) throw new Error(`no ${name}`);
  return action;
}

/** Whose members are names that somebody chose. */
const MAPS = ['headers', 'translationMap', 'translationMapDefaults', 'properties'];

/** Every way to a member, the chosen names being one. */
function structure(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const isMap = MAPS.some((map) => path.endsWith(`.${map}`));
  const ways = Object.entries(value).flatMap(([name, held]) => {
    const way = `${path}.${isMap ? '*' : name}`;
    return [way, ...structure(held, way)];
  });
  return [...new Set(ways)];
}

const REAL = realExport('custom-rest-servicenow-contact-by-phone.custom');
/** The enum of an input, as another real export has it; and the two that no real export of this kind has, though the platform knows them. */
const BESIDE = [
  '.config.timeoutSeconds',
  '.contract.input.inputSchema.properties.*.enum',
  '.contract.output.successSchema.required',
  '.contract.output.successSchema.properties.*.description',
];
const NOT_ALWAYS = ['.contract.input.inputSchema.required'];

describe.each([...actions(bundled)])('the Data Action %s', (name, action) => {
  it('has the key structure of a real export', () => {
    const [ours, theirs] = [structure(action), structure(REAL).filter((way) => !/headers\.|Defaults\./.test(way))];
    expect(
      ours.filter((way) => !/headers\.|Defaults\./.test(way) && !theirs.includes(way) && !BESIDE.includes(way)),
    ).toEqual([]);
    expect(theirs.filter((way) => !ours.includes(way) && !NOT_ALWAYS.includes(way))).toEqual([]);
    expect(Object.keys(action)).toEqual(Object.keys(REAL));
    expect(Object.keys(action.config.request)).toEqual(Object.keys(REAL.config.request));
    expect(Object.keys(action.config.response)).toEqual(Object.keys(REAL.config.response));
  });

  it('is nothing the platform would refuse', () => {
    expect(objections(action)).toEqual([]);
  });

  it('is a custom action of web services, asked with the key of its credentials, a second longer than the deadline', () => {
    const { config, ...rest } = action;
    expect(rest).toMatchObject({ integrationType: 'custom-rest-actions', actionType: 'custom', secure: false });
    expect(config.request.headers).toMatchObject({ 'X-API-Key': '${credentials.apiKey}' });
    expect(config.timeoutSeconds).toBe(4);
    expect(config.request.requestUrlTemplate.startsWith(`${BASE_URL}/`)).toBe(true);
    expect(rest.name).toBe(`Datadip - ${name}`);
  });

  it('describes every input and output, and promises every output', () => {
    const { inputSchema } = action.contract.input;
    const { successSchema } = action.contract.output;
    const all = [...Object.values(inputSchema.properties), ...Object.values(successSchema.properties)];
    for (const { description } of all) expect(description).toMatch(/\w{2}/);
    expect(successSchema.required).toEqual(Object.keys(successSchema.properties));
  });

  it('has a default for every variable, which make a whole answer', () => {
    const { translationMap, translationMapDefaults } = action.config.response;
    expect(Object.keys(translationMapDefaults)).toEqual(Object.keys(translationMap));
    const execution = new Genesys({}).transform(action, '{}');
    expect(execution).toMatchObject({ path: 'success' });
    expect(Object.keys((execution as { output: object }).output)).toEqual(
      Object.keys(action.contract.output.successSchema.properties),
    );
  });
});

describe('the Data Actions of a file', () => {
  it('are one a lookup, and three for agents', () => {
    const agents = ['agents-available', 'agents-confirm', 'agents-release'];
    expect([...actions(bundled).keys()]).toEqual([...bundled.lookups.keys(), ...agents]);
  });

  it('say of the lookup what is declared of it', () => {
    const { contract, config } = actionOf(bundled, 'account-balance');
    expect(contract.input.inputSchema).toMatchObject({ description: 'What a customer owes' });
    expect(Object.keys(contract.input.inputSchema.properties)).toEqual(['ani', 'customerId']);
    expect(contract.output.successSchema.properties).toMatchObject({
      contactFound: { type: 'boolean' },
      balance: { type: 'number' },
      pastDue: { type: 'boolean' },
      latencyMs: { type: 'integer' },
    });
    expect(config.response.translationMapDefaults).toMatchObject({ customerId: '"UNKNOWN"', balance: '0' });
  });

  it('need an input where there is but one, and one of several otherwise', () => {
    expect(actionOf(bundled, 'profile').contract.input.inputSchema.required).toEqual(['customerId']);
    expect(actionOf(bundled, 'customer').contract.input.inputSchema.required).toBeUndefined();
    expect(actionOf(bundled, 'agents-release').contract.input.inputSchema.required).toEqual([
      'agentId',
      'lockToken',
      'outcome',
    ]);
  });

  it.each([
    [100, 2],
    [2000, 3],
    [2001, 4],
    [30_000, 31],
  ])('wait, with a deadline of %i ms, %i s', (deadlineMs, seconds) => {
    expect(actionOf({ ...bundled, deadlineMs }, 'customer').config.timeoutSeconds).toBe(seconds);
  });

  it.each([
    ['one tenant', '[ "10001" ]', false],
    ['several tenants', '[ "10001", "10002" ]', true],
    ['every tenant', '[ "*" ]', true],
  ])('take a tenant only where a caller has a choice: %s', (_, tenants, asked) => {
    const text = FULL_WITH(tenants);
    const { inputSchema } = actionOf(loadText(text, NAMES), 'customer').contract.input;
    expect(Object.keys(inputSchema.properties).includes('tenantId')).toBe(asked);
    expect(inputSchema.required ?? []).not.toContain('tenantId');
  });

  it('have the words of a field where it has some', () => {
    const [described] = [actionOf(withFields({ tier: { description: 'Bronze, silver or gold' } }), 'odd')];
    expect(described.contract.output.successSchema.properties.tier?.description).toBe(
      'Bronze, silver or gold; "" if unknown',
    );
  });

  it('name a field that has no words, or empty ones', () => {
    const { properties } = actionOf(withFields({ tier: { description: '' }, language: {} }), 'odd').contract.output
      .successSchema;
    expect(properties.tier?.description).toBe('tier; "" if unknown');
    expect(properties.language?.description).toBe('language; "" if unknown');
  });

  it('are right for names that a template cannot hold', () => {
    const names = ['in-arrears', 'in_arrears', 'in_arrears_', 'esc', 'input', 'rawResult', 'a-b-c', 'a_b-c'];
    const action = actionOf(withFields(Object.fromEntries(names.map((name) => [name, {}]))), 'odd');
    const answer = Object.fromEntries(names.map((name) => [name, `it is ${name}`]));
    const own = { contactFound: true, source: 'origin', cacheHit: false, latencyMs: 3, error: '' };
    const execution = new Genesys({}).transform(action, JSON.stringify({ ...answer, ...own }));
    expect(execution).toEqual({ path: 'success', output: { ...answer, ...own } });
    for (const variable of Object.keys(action.config.response.translationMap)) expect(variable).toMatch(/^\w+$/);
  });
});

function FULL_WITH(tenants: string): string {
  return `
systems: { crm: { baseUrl: "http://crm.example.com" } }
lookups:
  customer:
    key: [ { input: ani, kind: phone }, { input: email, kind: email } ]
    origin: { system: crm, path: /c, query: { phone: "{ani}", email: "{email}" } }
    fields: { tier: { type: string } }
callers:
  flow: { apiKeys: [ k-1 ], tenants: ${tenants}, scopes: [ lookup ] }
  hook: { apiKeys: [ k-2 ], tenants: [ "*" ], scopes: [ invalidate ] }
`;
}

function withFields(fields: Record<string, { description?: string }>): Config {
  const [profile] = [bundled.lookups.get('profile')];
  if (profile === undefined) throw new Error('no profile');
  const declared = Object.entries(fields).map(
    ([name, more]) => [name, { type: 'string', from: 'x', default: '', ...more }] as const,
  );
  const odd: LookupConfig = { ...profile, name: 'odd', fields: new Map(declared) };
  return { ...bundled, lookups: new Map([['odd', odd]]) };
}
