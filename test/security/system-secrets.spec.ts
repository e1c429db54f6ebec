import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadText, problemsOf } from '../fixtures/config/load-text.js';
import { eventually } from '../support/eventually.js';
import { get, post } from '../support/http.js';
import type { OriginCall } from '../support/origin.js';
import { DATABASE_STARTS_WITHIN_MS } from '../support/postgres-server.js';
import { Haystack } from './parts/haystack.js';
import { OVER_HTTP, OVER_SQL, SYSTEM_SECRETS, sceneFile, SystemScene } from './parts/system-scene.js';

const KEY = { 'x-api-key': 'key-of-desk' };
const EVERY = [...OVER_HTTP, ...OVER_SQL];
/** Failures of a single caller open no circuit, so each call is made. */
const ASKED = { ani: '+15550017' };

const seen = new Haystack();
/** The causes that the trials of each lookup named. */
const causes = new Map<string, Set<string>>();
let scene: SystemScene;

interface Trial {
  readonly parts?: readonly { readonly result: string; readonly cause: string }[];
}

async function tryAll(lookups: readonly string[]): Promise<void> {
  await Promise.all(
    lookups.map(async (lookup) => {
      for (const query of ['', '?values=true']) {
        const { text, json } = await post(`${scene.url}/try/${lookup}${query}`, ASKED, KEY);
        seen.add('trials', text);
        const [part] = (json as Trial | undefined)?.parts ?? [];
        causes.set(
          lookup,
          (causes.get(lookup) ?? new Set()).add(part?.cause === '' ? part.result : (part?.cause ?? '')),
        );
      }
      seen.add('answers', (await post(`${scene.url}/lookup/${lookup}`, ASKED, KEY)).text);
    }),
  );
}

async function collect(where: string, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const { status, text, headers } = await get(scene.url + path, KEY);
    expect([200, 503]).toContain(status);
    seen.add(where, `${JSON.stringify(headers)}${text}`);
  }
}

const collectState = async (): Promise<void> => {
  await collect('metrics', '/metrics');
  await collect('health', '/health', '/health/ready', '/api/v1/systems');
};

/** Repeats the trials until each lookup has a record: tokens are there, and nothing pauses. */
const allWell = (): Promise<void> =>
  eventually(async () => {
    for (const lookup of OVER_HTTP) {
      const { json } = await post(`${scene.url}/try/${lookup}`, ASKED, KEY);
      expect([lookup, json]).toMatchObject([lookup, { parts: [{ result: 'found' }] }]);
    }
  });

const FAILURES: readonly (() => unknown)[] = [
  () => (scene.answers.status = 403),
  () => (scene.answers.status = 500),
  () => scene.parts.crm.text(`<html>${Object.values(scene.marks).join(' ')}</html>`, 'text/html'),
  () => scene.parts.crm.hang(),
  () => scene.parts.crm.resetOnRequest(),
  () => scene.parts.crm.closeHalfway(`{"name":"${SYSTEM_SECRETS.QUERY_KEY}`),
  () => (scene.parts.proxy.status = 407),
  () => scene.parts.database.kill(),
  () => (scene.answers.status = 429),
];

function recover(): void {
  scene.answers.status = 200;
  scene.parts.proxy.status = undefined;
  scene.parts.crm.answer((call: OriginCall) => scene.answers.echo(call));
}

beforeAll(async () => {
  scene = await SystemScene.start();
  await allWell();
  await tryAll(EVERY);
  await collectState();
  await collect(
    'documents',
    '/docs-json',
    '/data-actions',
    ...EVERY.map((name) => `/data-actions/${name}.custom.json`),
  );
  for (const fail of FAILURES) {
    await fail();
    await tryAll(EVERY);
    await collectState();
    recover();
    await allWell();
  }
  // The last one: Datadip asks a login that refuses the client again after 5 s at the earliest.
  Object.assign(scene.answers, { status: 401, loginWorks: false });
  await tryAll(EVERY);
  await collectState();
  await scene.parts.datadip.stop();
  seen.add('output', scene.parts.datadip.output);
}, DATABASE_STARTS_WITHIN_MS);
afterAll(() => scene.stop());

describe('a service whose systems have every kind of secret', () => {
  it.each(['output', 'metrics', 'health', 'answers', 'trials', 'documents'])(
    'shows none of them in the %s after successes and failures of every kind',
    (where) => {
      expect(seen.sizeOf(where)).toBeGreaterThan(400);
      expect(seen.search(scene.marks, where)).toEqual([]);
    },
  );

  it('has used each of them, and has met each failure, before the search', () => {
    const { marks } = scene;
    expect(Object.values(marks).filter((text) => text.length < 12)).toEqual([]);
    expect(Object.keys(marks)).toEqual(expect.arrayContaining(['sent assertion', 'sent authorization']));
    expect(Object.keys(marks).filter((name) => name.startsWith('refresh_token')).length).toBeGreaterThan(1);
    expect(scene.parts.proxy.credentials.every((sent) => sent !== undefined)).toBe(true);
    const sent = JSON.stringify(scene.parts.crm.calls);
    const inCalls = ['QUERY_KEY', 'HEADER_VALUE', 'QUERY_VALUE', 'BASE_PATH', 'LOOKUP_PATH', 'LOOKUP_HEADER'] as const;
    for (const name of inCalls) expect(sent).toContain(SYSTEM_SECRETS[name]);
    const found = Object.fromEntries([...causes].map(([lookup, words]) => [lookup, [...words].sort()]));
    const everywhere = [
      'connection_lost',
      'credentials_refused',
      'error_status',
      'found',
      'html',
      'rate_limited',
      'timeout',
    ];
    for (const lookup of ['signed', 'refreshed', 'keyed']) expect(found[lookup]).toEqual(everywhere);
    expect(found.proxied).toEqual([...everywhere, 'proxy_refused'].sort());
    expect(found.secured).toEqual(['credentials_refused', 'error_status', 'found', 'rate_limited']);
    expect(found.erp).toEqual(['connection_refused', 'found']);
    // On a busy machine, a connection may also take too long.
    const locked = found.locked?.filter((cause) => cause !== 'timeout');
    expect(locked).toEqual(['connection_refused', 'credentials_refused']);
  });
});

describe('a file whose systems have secrets under wrong names', () => {
  const url = 'http://127.0.0.1:9';
  const file = sceneFile({ crm: url, login: url, secured: 'https://127.0.0.1:9', sqlPort: 9 });
  const names = [
    'clientSecret',
    'refreshToken',
    'privateKey',
    'passphrase',
    'value',
    'headers',
    'query',
    'url',
    'claims',
    'params',
  ];

  it.each(names)('is refused without them if %s is misspelt', (name) => {
    const wrong = file.replaceAll(`${name}:`, `${name}x:`);
    const env = { ...SYSTEM_SECRETS, PRIVATE_KEY: 'a', TLS_CA: 'b', TLS_CERT: 'c', TLS_KEY: SYSTEM_SECRETS.CLAIM };
    const literal = wrong.replaceAll(/\$\{(\w+)\}/g, (_, variable: keyof typeof env) => env[variable]);
    for (const text of [wrong, literal]) {
      const problems = problemsOf(() => loadText(text, env));
      expect(JSON.stringify(problems)).toContain(`${name}x`);
      const haystack = new Haystack();
      haystack.add('problems', JSON.stringify(problems));
      expect(haystack.search(SYSTEM_SECRETS)).toEqual([]);
    }
  });
});
