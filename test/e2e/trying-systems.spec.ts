/** This file exceeds 220 lines because all its trials share one service and its systems. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { post } from '../support/http.js';
import { OAuthLogin } from '../support/oauth-login.js';
import { Answer } from '../support/origin-replies.js';
import { startOrigin, type OriginCall, type ScriptedOrigin } from '../support/origin.js';
import { startApp, type TestApp } from '../support/app.js';
import { stringify } from 'yaml';
import { newPhone } from './stage.js';

type Tenant = '10001' | '20002';

const key = [{ input: 'ani', kind: 'phone' }];
const byId = [{ input: 'id', kind: 'id' }];
const fields = { name: { type: 'string' }, id: { type: 'string' } };
const cache = { nearTtlMs: 0 };
const CLIENT = { clientId: 'client-1', clientSecret: 'secret-of-client-2' };
const SCHEME = { scheme: 'Zoho-oauthtoken' };

let crm: ScriptedOrigin;
let own: ScriptedOrigin;
let login: OAuthLogin;
let app: TestApp;

beforeAll(async () => {
  crm = await startOrigin();
  own = await startOrigin();
  login = await OAuthLogin.start({ grant: 'client_credentials', basic: [CLIENT.clientId, CLIENT.clientSecret] });
  login.extra = { ...login.extra, access_token: 'access-token-4' };
  app = await startApp(
    stringify({
      systems: {
        crm: { baseUrl: crm.url, timeoutMs: 300 },
        sales: {
          baseUrl: crm.url,
          timeoutMs: 300,
          auth: { type: 'oauth2', tokenUrl: login.tokenUrl, ...CLIENT, ...SCHEME },
        },
        closed: {
          baseUrl: crm.url,
          timeoutMs: 300,
          auth: { type: 'oauth2', tokenUrl: login.tokenUrl, clientId: 'client-1', clientSecret: 'wrong-secret-3' },
        },
      },
      lookups: {
        follow: { key, origin: { system: 'crm', path: '/p', query: { ani: '{ani}' }, follow: FOLLOW }, fields, cache },
        xml: { key, origin: { system: 'crm', path: '/p', query: { ani: '{ani}' }, record: 'p.q' }, fields, cache },
        oauth2: { key, origin: { system: 'sales', path: '/p', query: { ani: '{ani}' } }, fields, cache },
        closed: { key, origin: { system: 'closed', path: '/p', query: { ani: '{ani}' } }, fields, cache },
        snow: { key: byId, origin: { system: 'crm', path: '/p', query: { sysparm_query: 'id={id|snow}' } }, fields },
        lucene: { key: byId, origin: { system: 'crm', path: '/p', query: { q: 'id:{id|lucene}' } }, fields },
        digits: { key: byId, origin: { system: 'crm', path: '/p/{id|digits}' }, fields },
        cut: { key: byId, origin: { system: 'crm', path: '/p', query: { last: '{id|last:1}' } }, fields },
        path: { key: byId, origin: { system: 'crm', path: '/p/{id}' }, fields },
        big: { key: byId, origin: { system: 'crm', path: '/p/{id}' }, fields: { n: { type: 'number' } } },
        bigger: { compose: [{ lookup: 'big' }], fields: { n: 'big.n' } },
        whole: { compose: [{ lookup: 'snow' }, { lookup: 'path' }], fields: { name: 'snow.name', id: 'path.id' } },
        chained: {
          compose: [{ lookup: 'xml' }, { lookup: 'snow', with: { id: 'xml.name' } }],
          fields: { name: 'snow.name' },
        },
      },
      callers: { ops: { apiKeys: ['key-of-ops'], tenants: ['10001', '20002'], scopes: ['operate'] } },
      tenants: { '20002': { systems: { crm: { baseUrl: own.url } } } },
    }),
  );
});
afterAll(async () => {
  await app.stop();
  await Promise.all([crm, own, login.origin].map((origin) => origin.stop()));
});
beforeEach(() => {
  crm.calls.length = 0;
  own.calls.length = 0;
  crm.answer({ id: 'c-17', name: 'Ada' });
  own.answer({ id: 'o-17', name: 'Own' });
});

const FOLLOW = { id: 'mergedInto', path: '/contacts/{id}' };

interface Part {
  readonly result: string;
  readonly calls: readonly Record<string, unknown>[];
  readonly fields: readonly Record<string, unknown>[];
}

async function attempt(lookup: string, inputs: object = { ani: newPhone() }, query = '', tenant: Tenant = '10001') {
  const headers = { 'x-api-key': 'key-of-ops', 'x-genesys-org': tenant };
  const { status, json, text } = await post(`${app.url}/try/${lookup}${query}`, inputs, headers);
  expect([status, text]).toEqual([200, text]);
  const { parts, fields: composed } = json as unknown as { readonly parts: readonly Part[]; readonly fields?: unknown };
  const [part] = parts;
  if (part === undefined) throw new Error('the trial has no part');
  return { part, parts, fields: composed, text };
}

const xml = (text: string): Answer => new Answer(200, { 'content-type': 'text/xml; charset=utf-8' }, text);

describe('a trial of a lookup that follows a record', () => {
  const merged = { id: 'c-17', name: 'Old', mergedInto: 'c-18' };
  const answerMerged = (successor: unknown): void =>
    crm.answer(({ url }: OriginCall) => (url.startsWith('/contacts/') ? successor : merged));

  it('describes both calls, and shows the id of the successor only with values', async () => {
    answerMerged({ id: 'c-18', name: 'New' });
    const hidden = await attempt('follow');
    expect(hidden.part).toMatchObject({ result: 'found', calls: [{ status: 200 }, { status: 200 }] });
    expect(hidden.part.calls[1]).toMatchObject({ request: { method: 'GET', url: `${crm.url}/contacts/{id}` } });
    expect(hidden.text).not.toContain('c-18');
    const { part } = await attempt('follow', undefined, '?values=true');
    expect(part.calls[1]).toMatchObject({ request: { url: `${crm.url}/contacts/c-18` } });
    expect(part.fields[0]).toMatchObject({ name: 'name', value: 'New' });
  });

  it('reports a successor that is not found, one that fails, and an id that is no part of a path', async () => {
    answerMerged(Answer.json({ message: 'no such contact' }, 404));
    expect((await attempt('follow')).part).toMatchObject({ result: 'not_found', calls: [{}, { status: 404 }] });
    answerMerged(Answer.json({ message: 'broken' }, 500));
    expect((await attempt('follow')).part).toMatchObject({ result: 'failed', cause: 'error_status' });
    crm.answer({ ...merged, mergedInto: '../admin' });
    const { part } = await attempt('follow');
    expect(part).toMatchObject({ result: 'failed', error: 'origin_error', message: expect.stringContaining('path') });
    expect(part.calls).toHaveLength(1);
    crm.answer({ ...merged, mergedInto: 'c-\ud83d' });
    expect((await attempt('follow')).part.calls).toHaveLength(1);
  });
});

describe('a trial of a lookup whose system answers in XML', () => {
  it('shows the shape and the fields', async () => {
    crm.answer(() => xml('<p><q><id>7</id><name>Ada</name></q></p>'));
    const { part } = await attempt('xml');
    expect(part).toMatchObject({ result: 'found', calls: [{ contentType: 'text/xml', record: { found: 'object' } }] });
    expect(part.calls[0]?.shape).toContainEqual({ name: 'p.q.name', type: 'string' });
  });

  it.each([
    ['malformed', '<p><q><id>7</q></p>', 'not_xml'],
    ['cut off', '<p><q><id>7', 'not_xml'],
    ['with a document type', '<!DOCTYPE p [<!ENTITY e "x">]><p><q><id>&e;</id></q></p>', 'xml_doctype'],
  ])('names the cause if the answer is %s', async (_case, text, cause) => {
    crm.answer(() => xml(text));
    const { part } = await attempt('xml');
    expect(part).toMatchObject({ result: 'failed', error: 'origin_error', cause, calls: [{ status: 200 }] });
    expect(part.fields).toMatchObject([{ isDefault: true, reason: 'failed' }, { isDefault: true }]);
  });
});

describe('a trial of a composed lookup', () => {
  it('shows every digit of a whole number, as its part does', async () => {
    crm.answer(() => new Answer(200, { 'content-type': 'application/json' }, '{"n":9007199254740993}'));
    const { part, fields: composed } = await attempt('bigger', { id: '7' }, '?values=true');
    expect(part.fields).toMatchObject([{ name: 'n', value: '9007199254740993' }]);
    expect(composed).toEqual([{ name: 'n', from: 'big.n', value: '9007199254740993' }]);
  });
});

describe('a trial of a lookup whose system uses OAuth 2.0', () => {
  it('sends a token, and shows neither the token nor the client, also if the system repeats them', async () => {
    crm.answer(({ headers }: OriginCall) => ({ ...headers, token: headers.authorization?.split(' ')[1] }));
    for (const query of ['', '?values=true']) {
      const { part, text } = await attempt('oauth2', undefined, query);
      expect(part).toMatchObject({ result: 'found', calls: [{ request: { headers: ['Authorization: ***'] } }] });
      const token = /^Zoho-oauthtoken (?<token>\S+)$/.exec(crm.calls.at(-1)?.headers.authorization ?? '')?.groups
        ?.token;
      for (const secret of [token, CLIENT.clientSecret]) expect(text).not.toContain(secret);
    }
  });

  it('reports a login that refuses the client, and calls no system', async () => {
    const { part, text } = await attempt('closed');
    expect(part).toMatchObject({ result: 'failed', error: 'circuit_open', calls: [{ system: 'closed', status: 0 }] });
    expect(part).toMatchObject({ message: expect.stringContaining('token') });
    expect(crm.count).toBe(0);
    expect(text).not.toContain('wrong-secret-3');
  });

  it('reports a system that refuses each token', async () => {
    crm.fail(401);
    const { part } = await attempt('oauth2');
    expect(part).toMatchObject({ result: 'failed', cause: 'credentials_refused', calls: [{ status: 401 }] });
  });
});

describe('a trial in a tenant with its own system', () => {
  it('calls the system of the tenant, and names it', async () => {
    const { part, text } = await attempt('path', { id: '7' }, '?values=true', '20002');
    expect(part).toMatchObject({
      result: 'found',
      calls: [{ system: 'crm@20002', request: { url: `${own.url}/p/7` } }],
    });
    expect(text).not.toContain(crm.url);
    expect([crm.count, own.count]).toEqual([0, 1]);
    await attempt('path', { id: '7' });
    expect([crm.count, own.count]).toEqual([1, 1]);
  });

  it('reports a failure of the own system', async () => {
    own.fail(403);
    const { part } = await attempt('path', { id: '7' }, '', '20002');
    expect(part).toMatchObject({ result: 'failed', cause: 'credentials_refused', calls: [{ system: 'crm@20002' }] });
  });
});

describe('a trial with an input that no request can hold', () => {
  it.each([
    ['snow', 'a^b'],
    ['lucene', 'a<b'],
    ['digits', 'abc'],
    ['cut', 'a😀'],
    ['path', '..'],
    ['path', 'a/../b'],
  ])('names the inputs in place of a call: %s of %s', async (lookup, id) => {
    const { part, text } = await attempt(lookup, { id });
    expect(part).toMatchObject({ result: 'no_lookup_key', inputs: ['id'], usedInput: '', calls: [] });
    expect(text).not.toContain(id);
    expect(crm.count).toBe(0);
  });

  it('names the part of a composed lookup, and tries the other parts', async () => {
    const { parts } = await attempt('whole', { id: 'a^b' });
    expect(parts.map(({ result }) => result)).toEqual(['no_lookup_key', 'found']);
  });

  it('names the part whose input another system gave, without the input', async () => {
    crm.answer(() => xml('<p><q><id>7</id><name>o^dd-name</name></q></p>'));
    const { parts, text } = await attempt('chained');
    expect(parts.map(({ result }) => result)).toEqual(['found', 'no_lookup_key']);
    expect(text).not.toContain('o^dd-name');
  });
});
