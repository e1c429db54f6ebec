import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { contactEvent } from '../invalidation/envelopes.js';
import { startApp, type TestApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { get, post, raw } from '../../support/http.js';
import { sharedRedisUrl } from '../../support/redis-store.js';
import { contactId, GenesysScene } from './scene.js';

/** The bundled file without near caches and without callers, so that every request is allowed. */
const EXAMPLE = readFileSync(new URL('../../../src/config/bundled/genesys.yaml', import.meta.url), 'utf8')
  .replace(/^callers:[^]*/m, '')
  .replaceAll('    priority:', '    cache: { nearTtlMs: 0 }\n    priority:');

let scene: GenesysScene;
let app: TestApp;

beforeAll(async () => {
  scene = await GenesysScene.open();
  app = await startApp(EXAMPLE, { ...scene.env, REDIS_URL: sharedRedisUrl(), REDIS_TIMEOUT_MS: '1000' });
});
afterAll(async () => {
  await app.stop();
  await scene.stop();
});

const ask = async (lookup: string, inputs: Record<string, string>) =>
  (await post(`${app.url}/lookup/${lookup}`, inputs)).json;
const ADA = { contactFound: true, customerId: contactId(17), displayName: 'Ada Lovelace' };

describe('the bundled declaration file for Genesys Cloud', () => {
  it('finds a contact by phone number and by e-mail', async () => {
    expect(await ask('contact', { ani: '+1 555 0017' })).toMatchObject(ADA);
    expect(await ask('contact', { email: 'Customer17@example.com' })).toMatchObject(ADA);
  });

  it('returns contactFound false for a contact that the platform does not know', async () => {
    const unknown = { contactFound: false, customerId: 'UNKNOWN', displayName: '', source: 'origin', error: '' };
    expect(await ask('contact', { ani: '+4930111111' })).toMatchObject(unknown);
    expect(await ask('profile', { customerId: randomUUID() })).toMatchObject(unknown);
  });

  it('returns a profile by contact id, also on the profile route', async () => {
    expect(await ask('profile', { customerId: contactId(17) })).toMatchObject({ ...ADA, tier: 'Enterprise' });
    const { json } = await get(`${app.url}/api/v1/profile?tenantId=10001&customerId=${contactId(17)}`);
    expect(json).toMatchObject({ ...ADA, language: 'en-US' });
  });

  it.each([48, 49, 50, 99, 100])('answers contact %i with the contact it was merged into', async (n) => {
    const canonical = { contactFound: true, customerId: contactId(100) };
    expect(await ask('contact', { ani: `+1555${String(n).padStart(4, '0')}` })).toMatchObject(canonical);
    expect(await ask('profile', { customerId: contactId(n) })).toMatchObject(canonical);
  });

  it('invalidates the entry of a merged contact for an event about its canonical contact', async () => {
    const caller = { ani: '+15550248' };
    await eventually(async () => expect(await ask('contact', caller)).toMatchObject({ source: 'cache' }));
    const event = { topic: `v2.externalcontacts.contacts.${contactId(300)}`, body: { id: contactId(300) } };
    const { json } = await post(`${app.url}/webhook/eventbridge`, contactEvent(event));
    expect(json).toMatchObject({ invalidated: 1 });
    expect(await ask('contact', caller)).toMatchObject({ customerId: contactId(300), source: 'origin' });
  });

  it('stores only the declared fields of a contact, and does not log the token', async () => {
    const { json } = await raw('GET', `${scene.sandbox.url}/api/v2/customers?phone=%2B15550017`);
    const [record] = json?.results as { ssn: string; notes: string }[];
    const outputs = JSON.stringify([
      app.logs,
      await ask('contact', { ani: '+15550017' }),
      await get(`${app.url}/metrics`),
    ]);
    for (const secret of [record?.ssn, record?.notes, 'sandbox-secret', 'Bearer '])
      expect(outputs).not.toContain(String(secret));
  });
});

describe('a platform that returns the canonical contact of a merged contact', () => {
  it('receives one call per lookup of a merged contact', async () => {
    await scene.api({ resolveMerged: true });
    await scene.resetCounts();
    expect(await ask('contact', { ani: '+15550448' })).toMatchObject({ customerId: contactId(500) });
    expect((await scene.counts()).apiCalls).toBe(1);
  });
});
