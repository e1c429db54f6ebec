import { afterAll, describe, expect, it } from '@jest/globals';
import { ADA_ANSWER } from '../support/declaration.js';
import { newPhone, onStage } from './stage.js';

const KEY = 'architect-key-1';
const NEXT_KEY = 'architect-key-2';
const CALLERS = {
  architect: { apiKeys: [KEY, NEXT_KEY], tenants: ['10001'], scopes: ['lookup', 'agents'] },
  monitoring: { apiKeys: ['monitoring-key'], tenants: ['10001'], scopes: ['operate'] },
  webhook: { apiKeys: ['webhook-key'], hmacSecrets: ['webhook-secret'], tenants: ['*'], scopes: ['invalidate'] },
  colons: { apiKeys: ['a:b:c'], tenants: ['10001'], scopes: ['lookup'] },
};
const basic = (name: string, key: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${key}`).toString('base64')}`,
});

describe('a service with declared callers', () => {
  const stage = onStage({ callers: CALLERS });
  const ask = (headers: Record<string, string>) => stage.ask({ ani: newPhone() }, { headers });

  afterAll(() => {
    const log = JSON.stringify(stage.app.logs);
    for (const secret of [KEY, NEXT_KEY, 'monitoring-key', 'webhook-key', 'a:b:c', 'not-a-key', 'sandbox'])
      expect(log).not.toContain(secret);
    expect(log).not.toContain(basic('architect', KEY).authorization.slice(6));
  });

  it.each([
    ['no credentials', {}],
    ['a wrong key', { 'x-api-key': 'not-a-key' }],
    ['an empty key', { 'x-api-key': '' }],
    ['a key with something after it', { 'x-api-key': `${KEY}x` }],
    ['the key of the sandbox', { 'x-api-key': 'sandbox' }],
    ['the secret of a webhook as a key', { 'x-api-key': 'webhook-secret' }],
    ['a wrong key over Basic', basic('architect', 'not-a-key')],
    ['the key of another caller over Basic', basic('architect', 'monitoring-key')],
    ['an unknown name over Basic', basic('unknown', KEY)],
    ['a name without key over Basic', basic('architect', '')],
    ['Basic that is not base64', { authorization: 'Basic %%%' }],
    ['a token that Datadip did not issue', { authorization: `Bearer ${KEY}` }],
    ['an unknown scheme', { authorization: `Digest ${KEY}` }],
  ])('refuses a lookup with %s with 401', async (_, headers) => {
    const answer = await ask(headers);

    expect(answer.status).toBe(401);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json\b/);
    expect(answer.json).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(stage.origin.count).toBe(0);
  });

  it.each([
    ['X-API-Key', { 'x-api-key': KEY }],
    ['X-API-Key with its second key', { 'x-api-key': NEXT_KEY }],
    ['HTTP Basic', basic('architect', KEY)],
    [
      'HTTP Basic in any letter case',
      { authorization: basic('architect', KEY).authorization.replace('Basic', 'bASIC') },
    ],
    ['HTTP Basic with a colon in the key', basic('colons', 'a:b:c')],
  ])('identifies a caller by %s', async (_, headers) => {
    const { status, json } = await ask(headers);

    expect(status).toBe(200);
    expect(json).toMatchObject(ADA_ANSWER);
  });

  it('refuses a caller without the scope of the route with 403', async () => {
    for (const headers of [{ 'x-api-key': 'monitoring-key' }, basic('webhook', 'webhook-key')]) {
      const { status, json } = await ask(headers);
      expect(status).toBe(403);
      expect(json).toMatchObject({ status: 403, code: 'wrong_scope' });
    }
    expect((await stage.get('/metrics', { 'x-api-key': KEY })).status).toBe(403);
    expect(stage.origin.count).toBe(0);
  });

  it('requires the scope of lookups on the profile route', async () => {
    const path = '/api/v1/profile?customerId=c-17';

    expect((await stage.get(path)).status).toBe(401);
    expect((await stage.get(path, { 'x-api-key': 'monitoring-key' })).status).toBe(403);
    expect((await stage.get(path, { 'x-api-key': KEY })).status).toBe(200);
  });

  it('answers metrics to operators only and probes to every caller', async () => {
    expect((await stage.get('/metrics')).status).toBe(401);
    expect((await stage.get('/metrics', { 'x-api-key': 'monitoring-key' })).status).toBe(200);
    for (const probe of ['/health', '/health/live', '/health/ready', '/health/startup'])
      expect((await stage.get(probe)).status).toBe(200);
  });

  it('names the caller in the log line of a request', async () => {
    await stage.ask({}, { headers: { 'x-api-key': KEY, 'x-request-id': 'request-of-architect' } });

    expect(stage.app.logs).toContainEqual(
      expect.objectContaining({ requestId: 'request-of-architect', caller: 'architect' }),
    );
  });
});

describe('the sandbox', () => {
  const stage = onStage();
  const ask = (headers: Record<string, string>) => stage.ask({ ani: newPhone() }, { headers });

  it.each([
    ['without credentials', {}],
    ['with the key of the sandbox', { 'x-api-key': 'sandbox' }],
    ['with the name and key of the sandbox', basic('sandbox', 'sandbox')],
  ])('accepts a request %s as the caller of tenant 10001', async (_, headers: Record<string, string>) => {
    expect((await ask(headers)).json).toMatchObject(ADA_ANSWER);
    expect((await ask({ ...headers, 'x-genesys-org': '10001' })).status).toBe(200);
    expect((await ask({ ...headers, 'x-genesys-org': '10002' })).status).toBe(403);
    expect((await stage.get('/metrics', headers)).status).toBe(200);
  });

  it('refuses wrong credentials in the sandbox too', async () => {
    expect((await ask({ 'x-api-key': 'not-a-key' })).status).toBe(401);
    expect((await ask(basic('sandbox', 'not-a-key'))).status).toBe(401);
  });
});
