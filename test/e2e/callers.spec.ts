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

describe('where callers are declared', () => {
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
    ['an unknown name over Basic', basic('nobody', KEY)],
    ['a name without key over Basic', basic('architect', '')],
    ['Basic that is not base64', { authorization: 'Basic %%%' }],
    ['a token nobody issued', { authorization: `Bearer ${KEY}` }],
    ['a scheme nobody knows', { authorization: `Digest ${KEY}` }],
  ])('a lookup with %s is 401', async (_, headers) => {
    const answer = await ask(headers);

    expect(answer.status).toBe(401);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json\b/);
    expect(answer.json).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(stage.origin.count).toBe(0);
  });

  it.each([
    ['X-API-Key', { 'x-api-key': KEY }],
    ['X-API-Key, with the other of its keys', { 'x-api-key': NEXT_KEY }],
    ['HTTP Basic', basic('architect', KEY)],
    [
      'HTTP Basic, whatever the case of its name',
      { authorization: basic('architect', KEY).authorization.replace('Basic', 'bASIC') },
    ],
    ['HTTP Basic with a colon in the key', basic('colons', 'a:b:c')],
  ])('a caller is known by %s', async (_, headers) => {
    const { status, json } = await ask(headers);

    expect(status).toBe(200);
    expect(json).toMatchObject(ADA_ANSWER);
  });

  it('a caller without the scope of a route is 403', async () => {
    for (const headers of [{ 'x-api-key': 'monitoring-key' }, basic('webhook', 'webhook-key')]) {
      const { status, json } = await ask(headers);
      expect(status).toBe(403);
      expect(json).toMatchObject({ status: 403, code: 'wrong_scope' });
    }
    expect((await stage.get('/metrics', { 'x-api-key': KEY })).status).toBe(403);
    expect(stage.origin.count).toBe(0);
  });

  it('the profile route asks for the same scope', async () => {
    const path = '/api/v1/profile?customerId=c-17';

    expect((await stage.get(path)).status).toBe(401);
    expect((await stage.get(path, { 'x-api-key': 'monitoring-key' })).status).toBe(403);
    expect((await stage.get(path, { 'x-api-key': KEY })).status).toBe(200);
  });

  it('figures are for operators, and probes for everybody', async () => {
    expect((await stage.get('/metrics')).status).toBe(401);
    expect((await stage.get('/metrics', { 'x-api-key': 'monitoring-key' })).status).toBe(200);
    for (const probe of ['/health', '/health/live', '/health/ready', '/health/startup'])
      expect((await stage.get(probe)).status).toBe(200);
  });

  it('a log line names the caller', async () => {
    await stage.ask({}, { headers: { 'x-api-key': KEY, 'x-request-id': 'who-was-it' } });

    expect(stage.app.logs).toContainEqual(expect.objectContaining({ requestId: 'who-was-it', caller: 'architect' }));
  });
});

describe('in the sandbox', () => {
  const stage = onStage();
  const ask = (headers: Record<string, string>) => stage.ask({ ani: newPhone() }, { headers });

  it.each([
    ['without credentials', {}],
    ['with the key of the sandbox', { 'x-api-key': 'sandbox' }],
    ['with the name and key of the sandbox', basic('sandbox', 'sandbox')],
  ])('a request %s is the caller of tenant 10001', async (_, headers: Record<string, string>) => {
    expect((await ask(headers)).json).toMatchObject(ADA_ANSWER);
    expect((await ask({ ...headers, 'x-genesys-org': '10001' })).status).toBe(200);
    expect((await ask({ ...headers, 'x-genesys-org': '10002' })).status).toBe(403);
    expect((await stage.get('/metrics', headers)).status).toBe(200);
  });

  it('wrong credentials are wrong all the same', async () => {
    expect((await ask({ 'x-api-key': 'not-a-key' })).status).toBe(401);
    expect((await ask(basic('sandbox', 'not-a-key'))).status).toBe(401);
  });
});
