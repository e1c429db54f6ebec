import { afterEach, describe, expect, it } from '@jest/globals';
import { ADA_ANSWER, declaration } from '../support/declaration.js';
import { startDatadip, type DatadipOptions, type DatadipProcess, type LogLine } from '../support/datadip-process.js';
import { eventually } from '../support/eventually.js';
import { get, post } from '../support/http.js';
import { startOrigin } from '../support/origin.js';
import { freePort } from '../support/private-port.js';
import { aboutAda } from './stage.js';

/** EX_CONFIG. */
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

/** Resolves with a line of its log: the process may be ready before we have read what it wrote. */
function lineOf(datadip: DatadipProcess, words: RegExp): Promise<LogLine> {
  return eventually(() => {
    const line = datadip.logs.find(({ msg }) => words.test(String(msg)));
    if (line === undefined) throw new Error(`no line says ${String(words)}`);
    return line;
  });
}

/** What it says when it refuses to start. */
async function refusal(options: DatadipOptions): Promise<string[]> {
  const datadip = await start({ ...options, waitFor: 'exit' });
  expect(await datadip.exited).toEqual({ code: BAD_CONFIG, signal: null });
  return datadip.output.split('\n');
}

describe('with nothing configured, the process', () => {
  it('brings a store and an origin, says so, and prints a line to try that works', async () => {
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

  it('prints a line that works where it listens elsewhere, too', async () => {
    const datadip = await start({ env: { HOST: '127.0.0.2' }, waitFor: 'listening' });
    const [, url = ''] = /'(http:\S+)'/.exec(String((await lineOf(datadip, /^try: curl /)).msg)) ?? [];

    expect((await get(url)).json).toMatchObject({ displayName: 'Ada Lovelace' });
  });

  it('answers every lookup of the bundled file', async () => {
    const { url } = await start({});
    const caller = { ani: '+15550017', customerId: 'c-17' };

    for (const lookup of ['customer', 'customer-status', 'account-balance', 'profile', 'contact'])
      expect((await post(`${url}/lookup/${lookup}`, caller)).json).toMatchObject({ contactFound: true, error: '' });
    expect((await get(`${url}/api/v1/profile?customerId=c-17&tenantId=10001`)).json).toMatchObject({
      displayName: 'Ada Lovelace',
    });
    expect(await get(`${url}/health`)).toMatchObject({ json: { status: 'ok', region: 'local' } });
  });

  it('answers without Genesys Cloud where only a CRM is configured, and says so', async () => {
    const origin = await startOrigin(aboutAda);
    const datadip = await start({ env: { CRM_BASE_URL: origin.url } });
    const customer = await post(`${datadip.url}/lookup/customer`, { ani: '15550001' });
    const contact = await post(`${datadip.url}/lookup/contact`, { ani: '15550001' });
    await origin.stop();
    expect([customer.status, contact.status]).toEqual([200, 404]);
    expect((await lineOf(datadip, /^left out/)).systems).toEqual(['genesys']);
  });

  it('listens where it is told to, also where its sandbox would', async () => {
    const port = `${await freePort()}`;
    const { url } = await start({ env: { PORT: port, SANDBOX_PORT: port } });
    expect(url).toContain(port);
    expect((await post(`${url}/lookup/customer`, { ani: '15550017' })).json).toMatchObject({ contactFound: true });
  });

  it('ends with the command that started it', async () => {
    const datadip = await start({ command: ['npm', 'start', '--ignore-scripts'], env: { SANDBOX_PORT: '0' } });
    const { url } = datadip;
    expect(await datadip.stop()).toEqual({ code: 0, signal: null });
    await expect(get(`${url}/health`)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('takes its sandbox with it, however it ends', async () => {
    for (const end of ['stop', 'kill'] as const) {
      // A port of its own, so that nobody else's sandbox is found there afterwards.
      const datadip = await start({ env: { SANDBOX_PORT: '0' } });
      const sandbox = String((await lineOf(datadip, /embedded.*sandbox/)).url);
      expect((await get(`${sandbox}/sandbox/stats`)).status).toBe(200);
      await datadip[end]();
      await eventually(() => expect(get(`${sandbox}/sandbox/stats`)).rejects.toThrow(/ECONNREFUSED/));
    }
  });
});

describe('in production, the process', () => {
  const production = { NODE_ENV: 'production' };

  it('refuses to start with nothing configured, and names everything that is missing', async () => {
    const said = await refusal({ env: production });

    for (const name of ['KEY_SECRET', 'callers', 'CRM_BASE_URL'])
      expect(said).toContainEqual(expect.stringContaining(name));
  });

  it('names every bad setting at once, with its value unless that is a secret', async () => {
    const env = {
      ...production,
      KEY_SECRET: 'datadip-development-only',
      PORT: 'http',
      DEADLINE_MS: 'soon',
      LOG_LEVEL: 'loud',
      REDIS_URL: 'redis://:s3cret-password@cache.example:6379',
    };
    const said = await refusal({ env, yaml: declaration('http://127.0.0.1:1') });

    expect(said).toContainEqual(expect.stringMatching(/\bPORT\b.*http/));
    expect(said).toContainEqual(expect.stringMatching(/\bDEADLINE_MS\b.*soon/));
    expect(said).toContainEqual(expect.stringMatching(/\bLOG_LEVEL\b.*loud/));
    for (const name of ['KEY_SECRET', 'REDIS_URL', 'callers'])
      expect(said).toContainEqual(expect.stringContaining(name));
    expect(said.join('\n')).not.toMatch(/development-only|s3cret-password/);
  });

  it('answers its callers, and nobody else, when it has what it needs', async () => {
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

  it('says which secrets are short enough to be guessed, and tells none of them', async () => {
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

  it('says which systems it asks over http on another machine', async () => {
    const yaml = declaration('http://crm.example.invalid', { callers: CALLERS });
    const datadip = await start({ yaml, env: { ...production, KEY_SECRET }, waitFor: 'listening' });
    expect(await lineOf(datadip, /in the clear$/)).toMatchObject({ level: 40, systems: ['crm'] });
  });
});

describe('with a bad file, the process', () => {
  it('names file, line, key and value of everything that is wrong in it', async () => {
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
    const said = await refusal({ yaml: lines.join('\n') });

    for (const [line, words] of [
      [4, 'systems\\.crm\\.timeoutMs.*soon'],
      [7, 'kind.*fax'],
      [8, 'system.*erp'],
      [8, 'method.*DELETE'],
      [9, 'from'],
      [10, 'colour'],
    ])
      expect(said).toContainEqual(expect.stringMatching(new RegExp(`datadip\\.yaml:${line}\\b.*${words}`)));
  });

  it('refuses one that is not there, and one that is no YAML', async () => {
    const absent = await refusal({ env: { DATADIP_CONFIG: '/nowhere/datadip.yaml' } });
    const broken = await refusal({ yaml: 'systems:\n  crm: {' });

    expect(absent).toContainEqual(expect.stringContaining('/nowhere/datadip.yaml'));
    expect(broken).toContainEqual(expect.stringMatching(/datadip\.yaml:\d+/));
  });

  it('names a variable of the file that is not set', async () => {
    const said = await refusal({ yaml: declaration('${CRM_BASE_URL_OF_NOBODY}') });

    expect(said).toContainEqual(expect.stringMatching(/datadip\.yaml:\d+.*CRM_BASE_URL_OF_NOBODY/));
  });
});
