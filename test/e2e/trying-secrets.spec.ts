import { describe, expect, it } from '@jest/globals';
import { post } from '../support/http.js';
import type { OriginCall } from '../support/origin.js';
import { newPhone, onStage } from './stage.js';

const OPS = { 'x-api-key': 'key-of-ops' };
/** Characters that a path, a query, a form and JSON write in different ways. */
const SECRETS = {
  BASE_SECRET: 'base-secret-1',
  PATH_SECRET: 'path-secret-2',
  SHORT_SECRET: 'v7',
  QUERY_SECRET: 'quokka marmot&3/é',
  BODY_SECRET: 'wombat "numbat" \\4',
  FORM_SECRET: 'quoll possum+5',
  XML_SECRET: 'xml-secret-6',
  HEADER_SECRET: 'header-secret-7',
  RECORD_SECRET: 'record-secret-8',
  FIELD_SECRET: 'field-secret-9',
  FOLLOW_SECRET: 'follow-secret-10',
};

const fields = { tier: { type: 'string', from: "tier ? tier : '${FIELD_SECRET}'", default: '${FIELD_SECRET}' } };
const key = [{ input: 'ani', kind: 'phone' }];
const body = { condition: '${BODY_SECRET}={ani}', nested: { list: ['${BODY_SECRET}', '${SHORT_SECRET}'] } };
const post_ = { system: 'crm', path: '/${PATH_SECRET}/search', method: 'POST', readOnly: true };

const stage = onStage(
  (url) => ({
    callers: { ops: { apiKeys: ['key-of-ops'], tenants: ['10001'], scopes: ['operate'] } },
    system: { baseUrl: `${url}/\${BASE_SECRET}/api`, timeoutMs: 100 },
    lookups: {
      get: {
        key,
        origin: {
          system: 'crm',
          path: '/${SHORT_SECRET}/${PATH_SECRET}/people',
          query: { phone: '{ani}', filter: 'a ${QUERY_SECRET}' },
          headers: { 'X-Tenant': '${HEADER_SECRET}' },
          record: "results[$ != '${RECORD_SECRET}'][0]",
          follow: { id: 'next', path: '/${FOLLOW_SECRET}/people/{id}' },
        },
        fields,
      },
      json: { key, origin: { ...post_, body }, fields },
      form: { key, origin: { ...post_, form: true, body: { a: '${FORM_SECRET}', phone: '{ani}' } }, fields },
      xml: { key, origin: { ...post_, xml: '<q><p>${XML_SECRET}</p><t>{ani|xml}</t></q>' }, fields },
      whole: { compose: [{ lookup: 'get' }], fields: { tier: 'get.tier' } },
    },
  }),
  SECRETS,
);

/** Answers with everything that the call held. */
function echo({ url, headers, body: sent }: OriginCall): unknown {
  const repeated = { id: 'c-1', url, decoded: decodeURIComponent(url), sent, ...headers };
  return { results: [repeated], ...repeated };
}

async function attempt(lookup: string, query = ''): Promise<string> {
  const answer = await post(`${stage.app.url}/try/${lookup}${query}`, { ani: newPhone() }, OPS);
  expect(answer.status).toBe(200);
  return answer.text;
}

/** No part of a secret that has four characters or more without an escape. */
function expectNoSecretIn(text: string): void {
  const pieces = Object.values(SECRETS).flatMap((secret) => secret.split(/[^\w-]+/));
  for (const piece of pieces.filter(({ length }) => length >= 4)) expect(text).not.toContain(piece);
}

describe('a secret of the environment that stands in a lookup', () => {
  it.each(['get', 'json', 'form', 'xml', 'whole'])('is shown in no trial of the lookup %s', async (lookup) => {
    for (const answer of [echo, { results: [] }, { results: [{ id: 'c-1', next: 'c-2' }] }, 'fails', 'hangs']) {
      if (answer === 'fails') stage.origin.fail(500);
      else if (answer === 'hangs') stage.origin.hang();
      else stage.origin.answer(answer);
      for (const query of ['', '?values=true']) expectNoSecretIn(await attempt(lookup, query));
    }
    expectNoSecretIn(JSON.stringify(stage.app.logs));
    expectNoSecretIn((await stage.get('/metrics', OPS)).text);
    expectNoSecretIn((await stage.get('/health/ready')).text);
  });

  it('is sent unchanged, and the trial marks its place', async () => {
    stage.origin.answer(echo);
    const shown = JSON.parse(await attempt('get')) as { parts: { calls: { request: { url: string } }[] }[] };
    const { url } = shown.parts[0]?.calls[0]?.request ?? {};
    expect(url).toMatch(
      new RegExp(`^${stage.origin.url}/\\*\\*\\*/api/\\*\\*\\*/\\*\\*\\*/people\\?phone=\\S+&filter=a%20\\*\\*\\*$`),
    );
    const filter = encodeURIComponent(SECRETS.QUERY_SECRET);
    expect(stage.origin.calls[0]?.url).toMatch(`/base-secret-1/api/v7/path-secret-2/people?phone=`);
    expect(stage.origin.calls[0]?.url.endsWith(`&filter=a%20${filter}`)).toBe(true);
  });

  it('is marked in a body of JSON, in each form', async () => {
    const text = await attempt('json');
    expect(text).toContain(JSON.stringify('{"condition":"***=+').slice(1, -1));
    expect(text).toContain(JSON.stringify('"nested":{"list":["***","***"]}}').slice(1, -1));
  });
});
