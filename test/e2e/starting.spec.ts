/** This file exceeds 220 lines because its tests share the helpers that start a process. */

import { afterEach, describe, expect, it } from '@jest/globals';
import { ADA_ANSWER, declaration } from '../support/declaration.js';
import { startDatadip, type DatadipOptions, type DatadipProcess, type LogLine } from '../support/datadip-process.js';
import { eventually } from '../support/eventually.js';
import { get, post } from '../support/http.js';
import { startOrigin } from '../support/origin.js';
import { freePort } from '../support/private-port.js';
import { aboutAda } from './stage.js';

/** EX_CONFIG of sysexits.h: the configuration is invalid. */
const BAD_CONFIG = 78;
const KEY_SECRET = 'a-secret-of-thirty-two-characters';
const CALLERS = { architect: { apiKeys: ['architect-key-1'], tenants: ['10001'], scopes: ['lookup'] } };

const started: DatadipProcess[] = [];
afterEach(async () => {
  for (const datadip of started.splice(0)) await datadip.kill();
});

async function start(options: DatadipOptions): Promise<DatadipProcess> {
  const datadip = await startDatadip(options);
  started.push(datadip);
  return datadip;
}

/** Waits for a log line: the process may be ready before the test has read its output. */
function lineOf(datadip: DatadipProcess, words: RegExp): Promise<LogLine> {
  return eventually(() => {
    const line = datadip.logs.find(({ msg }) => words.test(String(msg)));
    if (line === undefined) throw new Error(`no log line matches ${String(words)}`);
    return line;
  });
}

/** Returns the output of a process that refuses to start. */
async function startRefusal(options: DatadipOptions): Promise<string[]> {
  const datadip = await start({ ...options, waitFor: 'exit' });
  expect(await datadip.exited).toEqual({ code: BAD_CONFIG, signal: null });
  return datadip.output.split('\n');
}

describe('a process without configuration', () => {
  it('starts an embedded Redis and the sandbox, logs both and prints a curl command that works', async () => {
    const datadip = await start({});
    const [, url = ''] = /'(http:\S+)'/.exec(String((await lineOf(datadip, /^try: curl /)).msg)) ?? [];
    const { status, headers, json } = await get(url);
    const first = datadip.logs.slice(0, 6).map(({ msg }) => msg);

    for (const part of [/embedded.*REDIS_URL/, /embedded.*sandbox/, /^try: curl /])
      expect(first).toContainEqual(expect.stringMatching(part));
    expect(status).toBe(200);
    expect(headers['x-cache']).toBe('MISS');
    expect(json).toMatchObject({ contactFound: true, displayName: 'Ada Lovelace', source: 'origin' });
  });

  it('prints a curl command that works when the process listens on another address', async () => {
    const datadip = await start({ env: { HOST: '127.0.0.2' }, waitFor: 'listening' });
    const [, url = ''] = /'(http:\S+)'/.exec(String((await lineOf(datadip, /^try: curl /)).msg)) ?? [];

    expect((await get(url)).json).toMatchObject({ displayName: 'Ada Lovelace' });
  });

  it('answers every lookup of the bundled configuration file', async () => {
    const { url } = await start({});
    const caller = { ani: '+15550017', customerId: 'c-17' };

    for (const lookup of ['customer', 'customer-status', 'account-balance', 'profile', 'contact'])
      expect((await post(`${url}/lookup/${lookup}`, caller)).json).toMatchObject({ contactFound: true, error: '' });
    expect((await get(`${url}/api/v1/profile?customerId=c-17&tenantId=10001`)).json).toMatchObject({
      displayName: 'Ada Lovelace',
    });
    expect(await get(`${url}/health`)).toMatchObject({ json: { status: 'ok', region: 'local' } });
  });

  it('omits the lookups of Genesys Cloud when only a CRM is configured, and logs it', async () => {
    const origin = await startOrigin(aboutAda);
    const datadip = await start({ env: { CRM_BASE_URL: origin.url } });
    const customer = await post(`${datadip.url}/lookup/customer`, { ani: '15550001' });
    const contact = await post(`${datadip.url}/lookup/contact`, { ani: '15550001' });
    await origin.stop();
    expect([customer.status, contact.status]).toEqual([200, 404]);
    expect((await lineOf(datadip, /^left out/)).systems).toEqual(['genesys']);
  });

  it('names the lookups without a customer id, and evaluates their expressions in a thread', async () => {
    const origin = await startOrigin(() => ({ tier: 'Enterprise' }));
    const initial = {
      key: [{ input: 'ani', kind: 'phone' }],
      origin: { system: 'crm', path: '/tiers', query: { phone: '{ani}' } },
      fields: { initial: { type: 'string', from: '$match(tier, /^[A-Z]/).match' } },
    };
    const byId = {
      ...initial,
      key: [{ input: 'customerId', kind: 'id' }],
      origin: { system: 'crm', path: '/{customerId}' },
    };
    const ids = [
      { input: 'account', kind: 'id' },
      { input: 'pin', kind: 'id' },
    ];
    const query = { account: '{account}', pin: '{pin}' };
    const several = { ...initial, key: ids, origin: { system: 'crm', path: '/', query } };
    const joint = { ...initial, key: [{ all: ids }], origin: several.origin, customerId: 'id' };
    const datadip = await start({ yaml: declaration(origin.url, { lookups: { initial, byId, several, joint } }) });
    const answer = await post(`${datadip.url}/lookup/initial`, { ani: '15550017' });
    await origin.stop();
    expect(answer.json).toMatchObject({ contactFound: true, initial: 'E' });
    expect((await lineOf(datadip, /^an event can invalidate/)).lookups).toEqual(['initial', 'several']);
    expect((await lineOf(datadip, /name them in all$/)).lookups).toEqual(['several']);
  });

  it('listens on the configured port, even on the port of the sandbox', async () => {
    const port = `${await freePort()}`;
    const { url } = await start({ env: { PORT: port, SANDBOX_PORT: port } });
    expect(url).toContain(port);
    expect((await post(`${url}/lookup/customer`, { ani: '15550017' })).json).toMatchObject({ contactFound: true });
  });

  it('ends when the command that started the process ends', async () => {
    const datadip = await start({ command: ['npm', 'start', '--ignore-scripts'], env: { SANDBOX_PORT: '0' } });
    const { url } = datadip;
    expect(await datadip.stop()).toEqual({ code: 0, signal: null });
    await expect(get(`${url}/health`)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('ends the sandbox with the process, after SIGTERM and after SIGKILL', async () => {
    for (const end of ['stop', 'kill'] as const) {
      // With port 0 no other sandbox can listen on the port afterwards.
      const datadip = await start({ env: { SANDBOX_PORT: '0' } });
      const sandbox = String((await lineOf(datadip, /embedded.*sandbox/)).url);
      expect((await get(`${sandbox}/sandbox/stats`)).status).toBe(200);
      await datadip[end]();
      await eventually(() => expect(get(`${sandbox}/sandbox/stats`)).rejects.toThrow(/ECONNREFUSED/));
    }
  });
});

describe('a process in production', () => {
  const production = { NODE_ENV: 'production' };

  it('refuses to start in production without configuration, and names each missing setting', async () => {
    const output = await startRefusal({ env: production });

    for (const name of ['KEY_SECRET', 'callers', 'CRM_BASE_URL'])
      expect(output).toContainEqual(expect.stringContaining(name));
  });

  it('names every invalid setting at once, with its value unless the value is a secret', async () => {
    const env = {
      ...production,
      KEY_SECRET: 'datadip-development-only',
      PORT: 'http',
      DEADLINE_MS: 'soon',
      LOG_LEVEL: 'loud',
      REDIS_URL: 'redis://:s3cret-password@cache.example:6379',
    };
    const output = await startRefusal({ env, yaml: declaration('http://127.0.0.1:1') });

    expect(output).toContainEqual(expect.stringMatching(/\bPORT\b.*http/));
    expect(output).toContainEqual(expect.stringMatching(/\bDEADLINE_MS\b.*soon/));
    expect(output).toContainEqual(expect.stringMatching(/\bLOG_LEVEL\b.*loud/));
    for (const name of ['KEY_SECRET', 'REDIS_URL', 'callers'])
      expect(output).toContainEqual(expect.stringContaining(name));
    expect(output.join('\n')).not.toMatch(/development-only|s3cret-password/);
  });

  it('answers only declared callers in production', async () => {
    const origin = await startOrigin(aboutAda);
    const yaml = declaration(origin.url, { callers: CALLERS });
    const { url, output } = await start({ yaml, env: { ...production, KEY_SECRET } });
    const anonymous = await post(`${url}/lookup/customer`, { ani: '15550001' });
    const known = await post(`${url}/lookup/customer`, { ani: '15550001' }, { 'x-api-key': 'architect-key-1' });
    await origin.stop();

    expect(anonymous.status).toBe(401);
    expect(known.json).toMatchObject(ADA_ANSWER);
    expect(output).not.toContain(KEY_SECRET);
    expect(output).not.toContain('curl');
    expect(output).not.toContain('in the clear');
  });

  it('logs which secrets are too short, and logs none of them', async () => {
    const yaml = declaration('http://127.0.0.1:1', {
      callers: {
        ...CALLERS,
        hook: { hmacSecrets: ['fifteen-letters', 'sixteen-letters-'], tenants: ['*'], scopes: ['invalidate'] },
      },
    });
    const datadip = await start({
      yaml,
      env: { ...production, KEY_SECRET: 'thirty-one-letters-and-no-more-' },
      waitFor: 'listening',
    });
    const settings = ['KEY_SECRET', 'callers.architect.apiKeys[0]', 'callers.hook.hmacSecrets[0]'];
    expect(await lineOf(datadip, /short enough/)).toMatchObject({ level: 40, settings });
    expect(datadip.output).not.toMatch(/letters|architect-key/);
  });

  it('warns that a second process would share nothing if there is no REDIS_URL', async () => {
    const yaml = declaration('http://127.0.0.1:1', { callers: CALLERS });
    const datadip = await start({ yaml, env: { ...production, KEY_SECRET }, waitFor: 'listening' });
    expect(await lineOf(datadip, /^no REDIS_URL/)).toMatchObject({ level: 40 });
  });

  it('logs which systems on other machines are called over plain http', async () => {
    const yaml = declaration('http://crm.example.invalid', { callers: CALLERS });
    const datadip = await start({ yaml, env: { ...production, KEY_SECRET }, waitFor: 'listening' });
    expect(await lineOf(datadip, /in the clear$/)).toMatchObject({ level: 40, systems: ['crm'] });
  });
});

describe.each(['', 'Production', 'prod', 'Development'])('a process with NODE_ENV=%j', (NODE_ENV) => {
  it('refuses to start without a secret and callers, and says that the rules of production apply', async () => {
    const output = await startRefusal({ env: { NODE_ENV } });

    for (const name of ['KEY_SECRET', 'callers', 'CRM_BASE_URL', 'NODE_ENV'])
      expect(output).toContainEqual(expect.stringContaining(name));
    expect(output).toContainEqual(expect.stringMatching(/NODE_ENV.*rules of production/));
  });

  it('answers no request without credentials', async () => {
    const yaml = declaration('http://127.0.0.1:1', { callers: CALLERS });
    const { url } = await start({ yaml, env: { NODE_ENV, KEY_SECRET } });

    expect((await post(`${url}/lookup/customer`, { ani: '15550001' })).status).toBe(401);
  });
});

describe('a process in development', () => {
  it('warns that requests without credentials are answered from a configured system', async () => {
    const datadip = await start({ yaml: declaration('http://127.0.0.1:1'), waitFor: 'listening' });
    expect(await lineOf(datadip, /^development: requests without credentials/)).toMatchObject({ level: 40 });
  });
});

describe('a process with an invalid configuration file', () => {
  it('names file, line, key and value of every error in the configuration file', async () => {
    const lines = [
      'systems:',
      '  crm:',
      '    baseUrl: http://127.0.0.1:1',
      '    timeoutMs: soon',
      'lookups:',
      '  customer:',
      '    key: [{ input: ani, kind: fax }]',
      '    origin: { system: erp, path: /customers, method: DELETE }',
      '    fields: { tier: { type: string, from: "(((", default: "" } }',
      '    colour: blue',
    ];
    const output = await startRefusal({ yaml: lines.join('\n') });

    for (const [line, words] of [
      [4, 'systems\\.crm\\.timeoutMs.*soon'],
      [7, 'kind.*fax'],
      [8, 'system.*erp'],
      [8, 'method.*DELETE'],
      [9, 'from'],
      [10, 'colour'],
    ])
      expect(output).toContainEqual(expect.stringMatching(new RegExp(`datadip\\.yaml:${line}\\b.*${words}`)));
  });

  it('refuses a missing configuration file and one that is not YAML', async () => {
    const missing = await startRefusal({ env: { DATADIP_CONFIG: '/nowhere/datadip.yaml' } });
    const broken = await startRefusal({ yaml: 'systems:\n  crm: {' });

    expect(missing).toContainEqual(expect.stringContaining('/nowhere/datadip.yaml'));
    expect(broken).toContainEqual(expect.stringMatching(/datadip\.yaml:\d+/));
  });

  it('names an unset variable of the configuration file', async () => {
    const output = await startRefusal({ yaml: declaration('${CRM_BASE_URL_NOT_SET}') });

    expect(output).toContainEqual(expect.stringMatching(/datadip\.yaml:\d+.*CRM_BASE_URL_NOT_SET/));
  });
});
