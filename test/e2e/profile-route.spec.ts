import { describe, expect, it } from '@jest/globals';
import { ADA, ADA_ANSWER, DEFAULT_ANSWER } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { raw, type HttpAnswer } from '../support/http.js';
import { newPhone, onStage } from './stage.js';

const ROUTE = '/api/v1/profile';

const stage = onStage({ cache: { ttlMs: 300_000 } });

let ids = 0;
const newId = (): string => `c-${1000 + (ids += 1)}`;
const send = (method: string, query: string, body?: object): Promise<HttpAnswer> =>
  raw(method, `${stage.app.url}${ROUTE}${query}`, body === undefined ? undefined : JSON.stringify(body));

describe('the profile route', () => {
  it.each<[string, (customerId: string) => Promise<HttpAnswer>]>([
    ['the query of a GET', (customerId) => send('GET', `?customerId=${customerId}&tenantId=10001`)],
    ['the body of a GET', (customerId) => send('GET', '', { customerId, tenantId: '10001' })],
    ['the body of a POST', (customerId) => send('POST', '', { customerId, tenantId: '10001' })],
    ['the query of a POST', (customerId) => send('POST', `?customerId=${customerId}&tenantId=10001`)],
    ['the query and the body of a GET', (customerId) => send('GET', '?tenantId=10001', { customerId })],
  ])('reads the inputs of the profile route from %s', async (_, ask) => {
    const id = newId();
    const { status, headers, json } = await ask(id);

    expect(status).toBe(200);
    expect(headers['x-cache']).toBe('MISS');
    expect(json).toEqual({
      ...ADA_ANSWER,
      source: 'origin',
      cacheHit: false,
      latencyMs: expect.any(Number),
      error: '',
    });
    expect(stage.origin.calls.map(({ url }) => url)).toEqual([`/api/v2/customers/${id}`]);
  });

  it('shares the entries of the lookup `profile`', async () => {
    const customerId = newId();
    await stage.ask({ customerId }, { lookup: 'profile' });

    await eventually(async () => {
      const { headers, json } = await send('GET', `?customerId=${customerId}`);
      expect(headers['x-cache']).toBe('HIT');
      expect(json).toMatchObject({ ...ADA_ANSWER, source: 'cache', cacheHit: true });
    });
    expect(stage.origin.count).toBe(1);
  });

  it('checks the tenant on the profile route as for lookups', async () => {
    expect((await send('GET', `?customerId=${newId()}&tenantId=10002`)).status).toBe(403);
    expect((await send('GET', '', { customerId: newId(), tenantId: '10002' })).status).toBe(403);
    expect((await stage.get(`${ROUTE}?customerId=${newId()}`, { 'x-genesys-org': '10002' })).status).toBe(403);
    expect((await send('GET', `?customerId=${newId()}&tenantId=a:b`)).status).toBe(400);
  });

  it('answers 200 when the customer is unknown and when no customer is given', async () => {
    stage.origin.fail(404);
    const unknown = await send('GET', `?customerId=${newId()}`);
    const unnamed = await send('GET', '');

    expect(unknown.status).toBe(200);
    expect(unknown.json).toMatchObject({ ...DEFAULT_ANSWER, source: 'origin', error: '' });
    expect(unnamed.status).toBe(200);
    expect(unnamed.json).toMatchObject({ ...DEFAULT_ANSWER, source: 'none', error: 'no_lookup_key' });
  });

  it.each([
    ['GET', 500, 'origin_error'],
    ['POST', 500, 'origin_error'],
    ['GET', 429, 'origin_rate_limited'],
  ])(
    'sends a degraded answer as 503, so that callers use a fallback (%s, origin status %i)',
    async (method, status, error) => {
      stage.origin.fail(status);
      const customerId = newId();
      const answer = await (method === 'GET'
        ? send('GET', `?customerId=${customerId}`)
        : send('POST', '', { customerId }));

      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
      expect(answer.headers['x-cache']).toBe('DEGRADED');
      expect(answer.headers['content-type']).toMatch(/^application\/json\b/);
      expect(answer.json).toEqual({
        ...DEFAULT_ANSWER,
        source: 'degraded',
        cacheHit: false,
        latencyMs: expect.any(Number),
        error,
      });
    },
  );

  it('answers a degraded lookup at `/lookup/profile` with 200', async () => {
    stage.origin.fail(500);
    // The backoff after the 429 of the previous test may not be over.
    const { status, headers } = await eventually(async () => {
      const answer = await stage.ask({ customerId: newId() }, { lookup: 'profile' });
      expect(answer.json).toMatchObject({ source: 'degraded', error: 'origin_error' });
      return answer;
    });

    expect(status).toBe(200);
    expect(headers).not.toHaveProperty('retry-after');
  });

  it('refuses the bodies that lookups refuse', async () => {
    const text = (method: string, body: string) => raw(method, stage.app.url + ROUTE, body);

    expect((await text('POST', '{')).status).toBe(400);
    expect((await text('POST', '[]')).status).toBe(400);
    expect((await text('GET', '{"customerId":{}}')).status).toBe(400);
    expect((await text('POST', JSON.stringify({ customerId: newPhone().repeat(2000) }))).status).toBe(413);
  });
});

describe('the profile route with a stale entry and a failing origin', () => {
  const staleStage = onStage({ cache: { ttlMs: 50, staleMs: 3_600_000 } });

  it('answers a stale entry with 200 on the profile route when the origin fails', async () => {
    await staleStage.get(`${ROUTE}?customerId=${ADA.id}`);
    staleStage.origin.fail(500);

    await eventually(async () => {
      const { status, headers, json } = await staleStage.get(`${ROUTE}?customerId=${ADA.id}`);
      expect(json).toMatchObject({ ...ADA_ANSWER, source: 'stale' });
      expect([status, headers['x-cache']]).toEqual([200, 'STALE']);
    });
  });
});
