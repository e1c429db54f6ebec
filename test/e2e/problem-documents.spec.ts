import { afterAll, describe, expect, it } from '@jest/globals';
import { Lifecycle } from '../../src/platform/lifecycle/lifecycle.js';
import { raw, type HttpAnswer } from '../support/http.js';
import { newPhone, onStage } from './stage.js';

const stage = onStage();
const MARK = 'Sauerkraut15557777';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const send = (method: string, path: string, body?: string, headers: Record<string, string> = {}) =>
  raw(method, stage.app.url + path, body, headers);

describe('a problem document', () => {
  it.each<[string, number, string, () => Promise<HttpAnswer>]>([
    ['an unknown lookup', 404, 'unknown_lookup', () => stage.ask({ ani: MARK }, { lookup: MARK })],
    [
      'a lookup named like an object member',
      404,
      'unknown_lookup',
      () => stage.ask({ ani: MARK }, { lookup: 'constructor' }),
    ],
    ['an unknown address', 404, 'not_found', () => stage.get(`/${MARK}?ani=${MARK}`)],
    ['a method that is not offered', 405, 'method_not_allowed', () => send('DELETE', `/lookup/customer?ani=${MARK}`)],
    ['a body that is not JSON', 400, 'invalid_json', () => send('POST', '/lookup/customer', `{"ani":"${MARK}`)],
    ['a body that is not an object', 400, 'not_an_object', () => send('POST', '/lookup/customer', `"${MARK}"`)],
    ['a nested value', 400, 'nested_value', () => stage.ask({ [MARK]: { ani: MARK } })],
    ['an invalid tenant id', 400, 'invalid_tenant', () => stage.ask({ ani: MARK, tenantId: `${MARK}:*` })],
    ['a tenant of other callers', 403, 'wrong_tenant', () => stage.ask({ ani: MARK, tenantId: MARK })],
    ['a body too large', 413, 'body_too_large', () => stage.ask({ ani: MARK.repeat(1000) })],
    ['wrong credentials', 401, 'unauthenticated', () => stage.ask({ ani: MARK }, { headers: { 'x-api-key': MARK } })],
  ])('answers %s with a status and a code, and repeats no text of the request', async (_, status, code, ask) => {
    const answer = await ask();

    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json\b/);
    expect(answer.json).toMatchObject({ title: expect.stringMatching(/\w/), status, code });
    expect(answer.headers['x-request-id']).toMatch(UUID);
    expect(answer.text).not.toContain(MARK);
    expect(stage.origin.count).toBe(0);
  });

  it('answers a request whose address cannot be decoded with a problem document', async () => {
    const answer = await stage.get(`/lookup/${MARK}%E0%A4%A?ani=${MARK}`);

    expect([400, 404]).toContain(answer.status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json\b/);
    expect(answer.json).toMatchObject({ status: answer.status, code: expect.any(String) });
    expect(answer.text).not.toContain(MARK);
  });

  it('writes no text of a refused request into the log', () => {
    expect(JSON.stringify(stage.app.logs)).not.toContain(MARK);
  });
});

describe('a request id', () => {
  const getWithId = (id: string, path = '/health') => stage.get(path, { 'x-request-id': id });

  it.each([
    ...['4711', 'a1b2-c3d4', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', '1-67891233:abc.def_0', 'x'.repeat(128)],
    ...['Root=1-67891233-abcdef012345678912345678;Sampled=1', 'JKJaXmPL/HcES+A=', '|7d5d1b2c.4~1.'],
  ])('returns the request id of the caller: %s', async (id) => {
    expect((await getWithId(id)).headers['x-request-id']).toBe(id);
  });

  it.each(['', 'two words', 'x'.repeat(129), '<script>', '{"a":1}', 'ünï'])(
    'replaces a request id that a log line must not contain: %j',
    async (id) => {
      expect((await getWithId(id)).headers['x-request-id']).toMatch(UUID);
    },
  );

  it('generates a request id for each request without one', async () => {
    const ids = [await stage.get('/health'), await stage.get('/health')].map(({ headers }) => headers['x-request-id']);

    for (const id of ids) expect(id).toMatch(UUID);
    expect(new Set(ids).size).toBe(2);
  });

  it('writes the request id into the problem document and the log line', async () => {
    const { json } = await getWithId('my-own-id', '/lookup/none');

    expect(json).toMatchObject({ requestId: 'my-own-id' });
    expect(stage.app.logs).toContainEqual(expect.objectContaining({ requestId: 'my-own-id', status: 404 }));
  });
});

describe('a process that stops', () => {
  const stopping = onStage();
  afterAll(() => expect(stopping.origin.count).toBe(0));

  it.each<[string, () => Promise<HttpAnswer>]>([
    ['a lookup', () => stopping.ask({ ani: newPhone() })],
    ['the profile route', () => stopping.get('/api/v1/profile?customerId=c-17')],
    ['a request to an unknown lookup', () => stopping.ask({ ani: [] }, { lookup: 'none' })],
  ])('answers %s with 503 and a Retry-After in whole seconds while the process stops', async (_, ask) => {
    stopping.app.app.get(Lifecycle).stop();
    const { status, headers, json } = await ask();

    expect(status).toBe(503);
    expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
    expect(headers['content-type']).toMatch(/^application\/problem\+json\b/);
    expect(json).toMatchObject({ status: 503, code: 'stopping' });
  });

  it('answers probes as alive and not ready while the process stops', async () => {
    stopping.app.app.get(Lifecycle).stop();

    expect((await stopping.get('/health')).status).toBe(200);
    expect((await stopping.get('/health/live')).status).toBe(200);
    expect((await stopping.get('/health/ready')).status).toBe(503);
    expect((await stopping.get('/metrics')).status).toBe(200);
  });
});
