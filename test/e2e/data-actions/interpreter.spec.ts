import { describe, expect, it } from '@jest/globals';
import { startOrigin } from '../../support/origin.js';
import { realExport } from './platform/actions.js';
import type { ExportedAction } from './platform/exported-action.js';
import { Genesys } from './platform/genesys.js';
import { importErrors } from './platform/import-check.js';
import { resolve } from './platform/json-path.js';
import { tools, type Dialect } from './platform/tools.js';
import { render } from './platform/velocity.js';

const SERVICE_NOW = realExport('custom-rest-servicenow-contact-by-phone.custom');
const CONTACT_QUERY = realExport('purecloud-external-contact-query.custom');
const platform = new Genesys({ apiKey: 'k' });

describe.each([
  'custom-rest-servicenow-contact-by-phone.custom',
  'purecloud-external-contact-by-identifier.custom',
  'purecloud-external-contact-query.custom',
  'purecloud-update-ivr-cache-entry.custom',
  'purecloud-user-routing-status.static',
])('the real export %s', (name) => {
  it('passes the import check', () => {
    expect(importErrors(realExport(name))).toEqual([]);
  });
});

describe('the Data Action interpreter', () => {
  it('fills the URL template of a real export with escaped inputs', () => {
    const { url, body } = platform.fill(SERVICE_NOW, { PHONE_NUMBER: '+1 555 0017', Domain: 'dev' });
    expect(url).toBe('https://dev.service-now.com/api/now/table/sys_user?mobile_phone=%2B1+555+0017');
    expect(body).toBeUndefined();
  });

  it('leaves the reference to an unset input in the URL of a real export', () => {
    const { url } = platform.fill(SERVICE_NOW, { PHONE_NUMBER: '1' });
    expect(url).toMatch(/^https:\/\/\$\{input\.Domain\}\.service-now\.com\//);
  });

  it('calls text methods in templates, and passes all inputs as rawRequest', () => {
    const action = realExport('purecloud-update-ivr-cache-entry.custom');
    const { url, body, method } = platform.fill(action, { key: 'a b c', AgentsIdle: true });
    expect(url).toMatch(/\/rows\/a%20b%20c$/);
    expect(method).toBe('PUT');
    expect(JSON.parse(body ?? '')).toEqual({ key: 'a b c', AgentsIdle: true });
  });

  it('translates a response with the map and the template of a real export', () => {
    const answer = JSON.stringify({ result: [{ sys_id: 'id "1"' }] });
    expect(platform.transform(SERVICE_NOW, answer)).toEqual({
      path: 'success',
      output: { SYSID: 'id "1"', length: 1 },
    });
  });

  it.each([
    ['a path without a value and without a default', { result: [] }, /Variable \$\{SYSID\} has not been set/],
    ['a null value, which no default replaces', { result: [{ sys_id: null }] }, /SYSID must be string/],
  ])('fails a real export on %s', (_, answer, expectedReason) => {
    const { path, why } = platform.transform(SERVICE_NOW, JSON.stringify(answer)) as Record<string, unknown>;
    expect([path, why]).toEqual(['failure', expect.stringMatching(expectedReason)]);
  });

  it('takes the first item of a filtered list, or the default for an empty list', () => {
    const contact = { id: 'c-1', firstName: 'Ada', lastName: 'O"Hara', address: { city: 'Rome', postalCode: '00100' } };
    const { output } = platform.transform(CONTACT_QUERY, JSON.stringify({ entities: [contact] })) as {
      output?: Record<string, unknown>;
    };
    expect(output).toMatchObject({ contactId: 'c-1', contactLastName: 'O"Hara', contactCity: 'Rome' });
    expect(output).toMatchObject({ contactTitle: '', contactOrgName: '' });
  });

  it.each<[string, string]>([
    ['${input.x}', '${input.x}'],
    ['$input.x', '$input.x'],
    ['$!{input.x}', ''],
    ['$!input.x', ''],
    ['"${input.x}"', '"${input.x}"'],
    ['$esc.jsonString("${input.x}")', '${input.x}'],
    ['$esc.jsonString(${input.x})', '$esc.jsonString(${input.x})'],
    ['$!esc.jsonString(${input.x})', ''],
    ['$esc.jsonString("$!{input.x}")', ''],
    ['$!esc.jsonString("$!{input.x}")', ''],
    ['$esc.noSuchMacro("a")', '$esc.noSuchMacro("a")'],
    ['a $ b $5 ${', 'a $ b $5 ${'],
  ])('renders the template %s without inputs as %s', (template, printed) => {
    expect(render(template, { ...tools('plain'), input: {} })).toBe(printed);
  });

  it('does not resolve references inside values', () => {
    const scope = { ...tools('plain'), input: { x: '${credentials.apiKey}"' }, credentials: { apiKey: 'k' } };
    expect(render('$!esc.jsonString("$!{input.x}")', scope)).toBe('${credentials.apiKey}\\"');
  });

  it.each<Dialect>(['plain', 'ascii'])('escapes text so that JSON parsing returns it, in the %s dialect', (dialect) => {
    const text = '"\\/\n\t\u0000 é愛😀\u2028';
    const printed = render('"$esc.jsonString($input.x)"', { ...tools(dialect), input: { x: text } });
    expect(JSON.parse(printed)).toBe(text);
  });

  it.each([
    ['$.a.b', { found: true, value: 1 }],
    ["$.a['b']", { found: true, value: 1 }],
    ['$.list[1].n', { found: true, value: null }],
    ['$.list[*].n', { found: true, value: [2, null] }],
    ["$.list[?(@.n != 'x')].n", { found: true, value: [2, null] }],
    ['$.list.length()', { found: true, value: 2 }],
    ['$.list[2].n', { found: false }],
    ['$.a.c', { found: false }],
    ['$.none[*].n', { found: true, value: [] }],
  ])('resolves the JSON path %s', (path, found) => {
    expect(resolve(path, { a: { b: 1 }, list: [{ n: 2 }, { n: null }] })).toEqual(found);
  });
});

describe('the execution of a Data Action', () => {
  const actionFor = (url: string, timeoutSeconds = 60): ExportedAction => {
    const request = { ...SERVICE_NOW.config.request, requestUrlTemplate: url };
    return { ...SERVICE_NOW, config: { ...SERVICE_NOW.config, request, timeoutSeconds } };
  };
  const inputs = { PHONE_NUMBER: '1' };

  it('ends on the success, failure or timeout path according to the response', async () => {
    const service = await startOrigin();
    service.answer({ result: [{ sys_id: 'x' }] });
    expect(await platform.execute(actionFor(service.url), inputs)).toMatchObject({ path: 'success' });
    service.fail(503);
    expect(await platform.execute(actionFor(service.url), inputs)).toMatchObject({ path: 'failure', status: 503 });
    service.hang();
    expect(await platform.execute(actionFor(service.url, 1), inputs)).toEqual({ path: 'timeout' });
    service.resetOnRequest();
    expect(await platform.execute(actionFor(service.url), inputs)).toMatchObject({ path: 'failure' });
    await service.stop();
  });
});

describe('the import check of the platform', () => {
  const { contract, ...rest } = SERVICE_NOW;
  const withInput = (name: string, type = 'string') => {
    const properties = { PHONE_NUMBER: { type: 'string' }, Domain: { type: 'string' }, [name]: { type } };
    return { ...rest, contract: { ...contract, input: { inputSchema: { type: 'object', properties } } } };
  };

  it.each([
    ['no actionType', { ...SERVICE_NOW, actionType: '' }],
    ['the input cannot be called orgId', withInput('orgId')],
    ['the input cannot be called 1st', withInput('1st')],
    ['the input list is not flat', withInput('list', 'array')],
    ['a timeout beyond 1 to 60 s', { ...SERVICE_NOW, config: { ...SERVICE_NOW.config, timeoutSeconds: 61 } }],
  ])('reports %s', (objection, action) => {
    expect(importErrors(action)).toEqual([objection]);
  });

  it.each([{ required: [] }, { properties: { a: { type: 'text' } } }])(
    'reports an invalid input schema: %j',
    (wrong) => {
      const inputSchema = { ...contract.input.inputSchema, required: ['PHONE_NUMBER'], ...wrong };
      const action = { ...SERVICE_NOW, contract: { ...contract, input: { inputSchema } } };
      expect(importErrors(action).join()).toMatch(/inputSchema: Error: schema is invalid/);
    },
  );
});
