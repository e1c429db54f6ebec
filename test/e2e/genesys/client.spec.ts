import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { startApp, type TestApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { get, post } from '../../support/http.js';
import { Answer } from '../../support/origin-replies.js';
import { startOrigin } from '../../support/origin.js';
import { genesysFile, GenesysScene } from './scene.js';

const TOKEN = 'token genesys';

let scene: GenesysScene;
let app: TestApp | undefined;

beforeAll(async () => {
  scene = await GenesysScene.open();
});
afterAll(() => scene.stop());
beforeEach(async () => {
  await scene.login({ broken: null, refuse: false, lifeS: 86_400 });
  await scene.client({ secret: 'sandbox-secret', scope: null, authorizedScope: null });
  await scene.resetCounts();
});
afterEach(async () => {
  await app?.stop();
  app = undefined;
});

async function started(auth: Record<string, unknown> = {}, env: Record<string, string> = {}): Promise<TestApp> {
  app = await startApp(genesysFile({ auth }), { ...scene.env, ...env }, 'listening');
  return app;
}

async function health(): Promise<{ status: number; token: Record<string, unknown>; steps: unknown }> {
  const { status, json } = await get(`${app?.url ?? ''}/health/ready`);
  const details = json?.details as Record<string, Record<string, unknown> | undefined>;
  return { status, token: details[TOKEN] ?? {}, steps: details.warm?.steps };
}

const becomes = (status: number, token: Record<string, unknown>) =>
  eventually(async () => expect(await health()).toMatchObject({ status, token }), { withinMs: 30_000 });
const lines = (words: RegExp) => (app?.logs ?? []).filter(({ msg }) => words.test(String(msg)));
const dip = () => post(`${app?.url ?? ''}/lookup/contact`, { ani: '+15550017' });

describe('a service with a client of Genesys Cloud', () => {
  it('is ready once it has a token, and reports the remaining lifetime', async () => {
    await started();
    await becomes(200, { state: 'valid', status: 'up' });
    const { text } = await get(`${app?.url ?? ''}/metrics`);
    expect(Number(/^datadip_token_expires_in_seconds\{platform="genesys"\} (\S+)$/m.exec(text)?.[1])).toBeGreaterThan(
      86_000,
    );
    expect(Number(/^datadip_token_age_seconds\{platform="genesys"\} (\S+)$/m.exec(text)?.[1])).toBeLessThan(60);
  });

  it('with a wrong secret is ready, reports invalid_client, and logs in at most once in 5 s', async () => {
    const startedMs = performance.now();
    await started({}, { GENESYS_CLIENT_SECRET: 'wrong-secret-of-this-test' });
    await becomes(200, { state: 'missing', fault: 'invalid_client', status: 'degraded' });
    expect((await health()).steps).toMatchObject({ [TOKEN]: 'late' });
    await Promise.all(Array.from({ length: 20 }, dip));
    await delay(2000);
    const { tokenRequests } = await scene.counts();
    expect(tokenRequests).toBeLessThanOrEqual(1 + (performance.now() - startedMs) / 5000);
    expect(lines(/invalid_client/)).toMatchObject([{ level: 50, fault: 'invalid_client', systems: ['genesys'] }]);
    expect((await dip()).json).toMatchObject({ source: 'degraded', error: 'circuit_open' });
    const { text } = await get(`${app?.url ?? ''}/metrics`);
    expect(text).toMatch(/^datadip_token_failures_total\{platform="genesys",reason="invalid_client"\} [1-9]\d*$/m);
    expect(text).toMatch(/^datadip_token_expires_in_seconds\{platform="genesys"\} 0$/m);
    expect(JSON.stringify([app?.logs, await health(), text])).not.toContain('wrong-secret-of-this-test');
  });

  it('serves the lookups of other systems while it has no token', async () => {
    const crm = await startOrigin(() => ({ tier: 'Gold' }));
    const other = {
      key: [{ input: 'customerId', kind: 'id' }],
      origin: { system: 'crm', path: '/customers/{customerId}' },
      fields: { tier: { type: 'string', from: 'tier', default: '' } },
    };
    const file = genesysFile()
      .replace('systems:', `systems:\n  crm: { baseUrl: "${crm.url}" }`)
      .replace('lookups:', `lookups:\n  other: ${JSON.stringify({ ...other, description: 'of the CRM' })}`);
    app = await startApp(file, { ...scene.env, GENESYS_CLIENT_SECRET: 'wrong-secret-of-this-test' }, 'ready');
    expect((await post(`${app.url}/lookup/other`, { customerId: 'c-1' })).json).toMatchObject({ tier: 'Gold' });
    expect((await dip()).json).toMatchObject({ source: 'degraded', error: 'circuit_open' });
    expect(await health()).toMatchObject({ status: 200, token: { status: 'degraded', fault: 'invalid_client' } });
    await crm.stop();
  });

  it.each(['notJson', 'noExpiresIn', 'negativeExpiresIn', 'textExpiresIn', 'noAccessToken'])(
    'rejects a token response with the fault %s, and accepts the next valid one',
    async (broken) => {
      await scene.login({ broken });
      await started({ required: true });
      await becomes(503, { state: 'missing', fault: 'bad_answer' });
      expect((await scene.counts()).apiCalls).toBe(0);
      await scene.login({ broken: null });
      await becomes(200, { state: 'valid' });
    },
  );

  it('reports its token as late, and answers callers, while the old token is valid', async () => {
    await scene.login({ lifeS: 10 });
    await started();
    await becomes(200, { state: 'valid' });
    await scene.login({ refuse: true });
    await becomes(200, { state: 'late', fault: 'unreachable', status: 'degraded' });
    expect((await dip()).json).toMatchObject({ contactFound: true });
    expect(lines(/no token: unreachable/).length).toBeLessThanOrEqual(2);
  });

  it('uses no token beyond its lifetime if the wall clock is changed', async () => {
    await scene.login({ lifeS: 2 });
    await started();
    await becomes(200, { state: 'valid' });
    const now = Date.now;
    Date.now = () => now() + 86_400_000;
    try {
      expect(await health()).toMatchObject({ token: { state: 'valid' } });
      Date.now = () => now() - 86_400_000;
      await scene.login({ refuse: true });
      await becomes(200, { state: 'missing' });
    } finally {
      Date.now = now;
    }
  });
});

describe('a client whose permissions the platform does not report', () => {
  it.each([
    ['has no such address', Answer.json({ code: 'not.found' }, 404)],
    ['names its owner alone', Answer.json({ organization: { id: 'o' } })],
  ])('is assumed to be read-only, with a warning: the platform %s', async (_what, permissions) => {
    const contact = { contacts: [{ id: 'c-17', firstName: 'Ada', lastName: 'Lovelace' }] };
    const platform = await startOrigin(({ url }) => (url === '/api/v2/tokens/me' ? permissions : contact));
    try {
      await started({}, { GENESYS_API_URL: platform.url });
      await becomes(200, { state: 'valid', status: 'up' });
      expect((await dip()).json).toMatchObject({ contactFound: true, customerId: 'c-17' });
      expect(lines(/does not report the permissions of the client/)).toMatchObject([
        { level: 40, systems: ['genesys'] },
      ]);
    } finally {
      await app?.stop();
      app = undefined;
      await platform.stop();
    }
  });
});

describe('a client that may write', () => {
  const RIGHTS = ['externalContacts:contact:view', 'externalContacts:contact:edit', 'routing:queue:delete'];
  const TOO_MUCH = ['externalContacts:contact:edit', 'routing:queue:delete'];

  it.each<readonly [string, Record<string, unknown>]>([
    ['the platform', { authorizedScope: RIGHTS }],
    ['the login', { scope: RIGHTS.join(' ') }],
  ])(
    'makes a service that requires it not ready, and the health report names the permissions that %s reports',
    async (_who, change) => {
      await scene.client(change);
      await started({ required: true });
      await becomes(503, { state: 'missing', fault: 'too_much', tooMuch: TOO_MUCH });
      expect(lines(/too_much/)).toMatchObject([{ permissions: TOO_MUCH }]);
      expect((await dip()).json).toMatchObject({ source: 'degraded' });
      expect((await scene.counts()).tokenRequests).toBe(1);
    },
  );

  it('is accepted if allowWrite is true', async () => {
    await scene.client({ authorizedScope: RIGHTS });
    await started({ allowWrite: true });
    await becomes(200, { state: 'valid' });
    expect((await dip()).json).toMatchObject({ contactFound: true });
  });

  it('is recognised by the declared patterns', async () => {
    await scene.client({ authorizedScope: RIGHTS });
    await started({ required: true, writePermissions: ['routing:*'] });
    await becomes(503, { fault: 'too_much', tooMuch: ['routing:queue:delete'] });
  });

  it('that gains a write permission later keeps reading, and the service reports it', async () => {
    await scene.login({ lifeS: 2 });
    await started();
    await becomes(200, { state: 'valid', status: 'up' });
    await scene.client({ authorizedScope: RIGHTS });
    await becomes(200, { state: 'valid', status: 'degraded', tooMuch: TOO_MUCH });
    expect((await dip()).json).toMatchObject({ contactFound: true });
  });
});
