import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { DatadipProcess } from '../../support/datadip-process.js';
import { get, post } from '../../support/http.js';
import { sharedRedisUrl } from '../../support/redis-store.js';
import { newContactNumber } from './load.js';
import { contactId, genesysFile, GenesysScene } from './scene.js';

/** The limit admits a fifth of its calls at one moment, then one call every 61 / 81 s. */
const PER_MINUTE = 100;
const EVERY_MS = 61_000 / 81;

let scene: GenesysScene;
let processes: DatadipProcess[];

beforeAll(async () => {
  scene = await GenesysScene.open();
  // A second system with the same client has the same calls.
  const yaml = genesysFile({
    limits: { maxPerMinute: PER_MINUTE, queueMs: 0 },
    cache: { staleMs: 0 },
    timeoutMs: 20_000,
  }).replace(
    'systems:',
    `systems:\n  twin: { auth: { type: genesys }, timeoutMs: 20000, limits: { maxPerMinute: ${PER_MINUTE}, queueMs: 0 } }`,
  );
  const twin = yaml.replace('profile:', 'other:').replace(/(other:[^]*?system: )genesys/, '$1twin');
  // A busy machine does not answer 200 requests within the default deadline. The test counts calls.
  const longTimeouts = { DEADLINE_MS: '20000', REDIS_TIMEOUT_MS: '1000' };
  const env = { ...longTimeouts, REDIS_URL: sharedRedisUrl(), REGION: `genesys-rate-${process.pid}` };
  processes = await Promise.all([scene.start(twin, { env }), scene.start(twin, { env })]);
}, 120_000);
afterAll(() => scene.stop());

const ask = (lookup: string, at: number) => {
  const contact = newContactNumber();
  const inputs =
    lookup === 'contact' ? { ani: `+1555${String(contact).padStart(4, '0')}` } : { customerId: contactId(contact) };
  return post(`${processes[at]?.url ?? ''}/lookup/${lookup}`, inputs);
};

describe('the calls of one Genesys Cloud client', () => {
  it('share one limit across the systems of the client and all processes', async () => {
    const startMs = performance.now();
    const before = (await scene.counts()).apiCalls;
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => ask(n % 3 === 0 ? 'other' : 'contact', n % 2)),
    );
    const tookMs = performance.now() - startMs;
    const found = answers.filter(({ json }) => json?.contactFound === true).length;
    const shed = answers.filter(({ json }) => json?.error === 'shed').length;
    const made = (await scene.counts()).apiCalls - before;
    expect(made).toBe(found);
    expect(found + shed).toBe(200);
    // The start of the processes may have used two calls of the burst.
    expect(made).toBeGreaterThanOrEqual(PER_MINUTE / 5 - 2);
    expect(made).toBeLessThanOrEqual(PER_MINUTE / 5 + tookMs / EVERY_MS + 1);
  });

  it('pause in the whole region for the duration of Retry-After', async () => {
    await delay(4 * EVERY_MS);
    await scene.api({ failureRate: 1, failureStatus: 429, retryAfterS: 30 });
    // A single refusal could be about one contact.
    const refused = [await ask('contact', 0), await ask('contact', 0), await ask('contact', 0)];
    await scene.api({ failureRate: 0 });
    const before = (await scene.counts()).apiCalls;
    const others = await Promise.all([ask('contact', 0), ask('other', 0), ask('contact', 1), ask('other', 1)]);
    for (const { json } of [...refused, ...others]) expect(json).toMatchObject({ error: 'origin_rate_limited' });
    expect((await scene.counts()).apiCalls).toBe(before);
    for (const { url } of processes)
      for (const system of ['genesys', 'twin'])
        expect((await get(`${url}/metrics`)).text).toContain(`datadip_origin_paused{system="${system}"} 1\n`);
  });
});
