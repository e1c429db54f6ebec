import { describe, expect, it } from '@jest/globals';
import type { Config } from '../../../src/config/config.js';
import type { LookupConfig } from '../../../src/config/sections/lookups/lookup-config.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { DataActions } from '../../../src/modules/data-actions/data-actions.js';
import { loadText, NAMES } from '../../fixtures/config/load-text.js';
import { realExport } from './platform/actions.js';
import type { ExportedAction } from './platform/exported-action.js';
import { Genesys } from './platform/genesys.js';
import { importErrors } from './platform/import-check.js';

const bundled = loadConfig({ NODE_ENV: 'development' }, { sandbox: { url: 'http://127.0.0.1:9' } });
const BASE_URL = 'https://datadip.example.com';

function actions(
  config: Pick<Config, 'lookups' | 'composedLookups' | 'callers' | 'deadlineMs'>,
): Map<string, ExportedAction> {
  const { files } = new DataActions(config.lookups, config.composedLookups, config.callers, config);
  return new Map(files.map(({ name, text }) => [name, JSON.parse(text(BASE_URL)) as ExportedAction]));
}

function actionOf(config: Config, name: string): ExportedAction {
  const action = actions(config).get(name);
  if (action === undefined) throw new Error(`no ${name}`);
  return action;
}

/** Members that are maps: their keys are names that an author chose. */
const MAPS = ['headers', 'translationMap', 'translationMapDefaults', 'properties'];

/** Returns the paths of all members. Keys of maps count as one path, `*`. */
function structure(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const isMap = MAPS.some((map) => path.endsWith(`.${map}`));
  const paths = Object.entries(value).flatMap(([name, member]) => {
    const memberPath = `${path}.${isMap ? '*' : name}`;
    return [memberPath, ...structure(member, memberPath)];
  });
  return [...new Set(paths)];
}

const REAL = realExport('custom-rest-servicenow-contact-by-phone.custom');
/**
 * Members that this real export does not have. The enum of an input occurs in another real export.
 * The platform accepts the others.
 */
const ADDITIONAL = [
  '.config.timeoutSeconds',
  '.contract.input.inputSchema.properties.*.enum',
  '.contract.output.successSchema.required',
  '.contract.output.successSchema.properties.*.description',
];
const OPTIONAL = ['.contract.input.inputSchema.required'];

describe.each([...actions(bundled)])('the Data Action %s', (name, action) => {
  it('has the same keys as a real export', () => {
    const isFixed = (path: string): boolean => !/headers\.|Defaults\./.test(path);
    const [paths, realPaths] = [structure(action), structure(REAL).filter(isFixed)];
    expect(paths.filter((path) => isFixed(path) && !realPaths.includes(path) && !ADDITIONAL.includes(path))).toEqual(
      [],
    );
    expect(realPaths.filter((path) => !paths.includes(path) && !OPTIONAL.includes(path))).toEqual([]);
    expect(Object.keys(action)).toEqual(Object.keys(REAL));
    expect(Object.keys(action.config.request)).toEqual(Object.keys(REAL.config.request));
    expect(Object.keys(action.config.response)).toEqual(Object.keys(REAL.config.response));
  });

  it('passes the import check of the platform', () => {
    expect(importErrors(action)).toEqual([]);
  });

  it('is a custom web service action with its API key and a timeout 1 s above the deadline', () => {
    const { config, ...rest } = action;
    expect(rest).toMatchObject({ integrationType: 'custom-rest-actions', actionType: 'custom', secure: false });
    expect(config.request.headers).toMatchObject({ 'X-API-Key': '${credentials.apiKey}' });
    expect(config.timeoutSeconds).toBe(4);
    expect(config.request.requestUrlTemplate.startsWith(`${BASE_URL}/`)).toBe(true);
    expect(rest.name).toBe(`Datadip - ${name}`);
  });

  it('describes every input and output, and requires every output', () => {
    const { inputSchema } = action.contract.input;
    const { successSchema } = action.contract.output;
    const all = [...Object.values(inputSchema.properties), ...Object.values(successSchema.properties)];
    for (const { description } of all) expect(description).toMatch(/\w{2}/);
    expect(successSchema.required).toEqual(Object.keys(successSchema.properties));
  });

  it('has a default for every variable, and the defaults make a complete output', () => {
    const { translationMap, translationMapDefaults } = action.config.response;
    expect(Object.keys(translationMapDefaults)).toEqual(Object.keys(translationMap));
    const execution = new Genesys({}).transform(action, '{}');
    expect(execution).toMatchObject({ path: 'success' });
    expect(Object.keys((execution as { output: object }).output)).toEqual(
      Object.keys(action.contract.output.successSchema.properties),
    );
  });
});

describe('the Data Actions of a declaration file', () => {
  it('exports one Data Action per lookup and five for agents', () => {
    const agents = [
      ...['agents-available', 'agents-by-skill', 'agents-availability', 'agents-confirm', 'agents-release'],
    ];
    const lookups = [...bundled.lookups.keys(), ...bundled.composedLookups.keys()];
    expect([...actions(bundled).keys()]).toEqual([...lookups, ...agents]);
  });

  it('copies descriptions, types and defaults from the lookup declaration to the Data Action', () => {
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

  it('requires an input of a Data Action only if the lookup has exactly one', () => {
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
  ])('turns a deadline of %i ms into a Data Action timeout of %i s', (deadlineMs, seconds) => {
    expect(actionOf({ ...bundled, deadlineMs }, 'customer').config.timeoutSeconds).toBe(seconds);
  });

  it.each([
    ['one tenant', '[ "10001" ]', false],
    ['several tenants', '[ "10001", "10002" ]', true],
    ['every tenant', '[ "*" ]', true],
  ])(
    'adds a tenant input to a Data Action only if the caller may choose between tenants: %s',
    (_, tenants, hasInput) => {
      const text = fileWithTenants(tenants);
      const { inputSchema } = actionOf(loadText(text, NAMES), 'customer').contract.input;
      expect(Object.keys(inputSchema.properties).includes('tenantId')).toBe(hasInput);
      expect(inputSchema.required ?? []).not.toContain('tenantId');
    },
  );

  it('describes an output of a Data Action with the description of its field', () => {
    const [described] = [actionOf(withFields({ tier: { description: 'Bronze, silver or gold' } }), 'odd')];
    expect(described.contract.output.successSchema.properties.tier?.description).toBe(
      'Bronze, silver or gold; "" if unknown',
    );
  });

  it('describes an output of a Data Action with the field name if the field has no description', () => {
    const { properties } = actionOf(withFields({ tier: { description: '' }, language: {} }), 'odd').contract.output
      .successSchema;
    expect(properties.tier?.description).toBe('tier; "" if unknown');
    expect(properties.language?.description).toBe('language; "" if unknown');
  });

  it('returns every output whose name is no valid template variable', () => {
    const names = ['in-arrears', 'in_arrears', 'in_arrears_', 'esc', 'input', 'rawResult', 'a-b-c', 'a_b-c'];
    const action = actionOf(withFields(Object.fromEntries(names.map((name) => [name, {}]))), 'odd');
    const values = Object.fromEntries(names.map((name) => [name, `it is ${name}`]));
    const metadata = { contactFound: true, source: 'origin', cacheHit: false, latencyMs: 3, error: '' };
    const execution = new Genesys({}).transform(action, JSON.stringify({ ...values, ...metadata }));
    expect(execution).toEqual({ path: 'success', output: { ...values, ...metadata } });
    for (const variable of Object.keys(action.config.response.translationMap)) expect(variable).toMatch(/^\w+$/);
  });
});

function fileWithTenants(tenants: string): string {
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
