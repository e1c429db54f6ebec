import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpAnswer } from '../../support/http.js';
import { eventually } from '../../support/eventually.js';
import { KAFKA_STARTS_WITHIN_MS } from '../../support/kafka.js';
import { as, DISPUTED_TENANT, HomeScene, LOOPING_TENANT, TENANT, TENANT_OF_EU } from './home-scene.js';

let scene: HomeScene;
beforeAll(async () => {
  scene = await HomeScene.open();
}, KAFKA_STARTS_WITHIN_MS);
afterAll(() => scene.stop());

describe('a call that is asked about in several regions', () => {
  const lockOf = ({ json }: HttpAnswer): unknown[] => [json?.agentFound, json?.agentId, json?.lockToken, json?.region];

  it.each([
    ['us', TENANT],
    ['eu', TENANT_OF_EU],
  ])('gets one agent and one lock of its home %s', async (home, tenant) => {
    const [queue, call] = [await scene.freeAgents(3, tenant, home), `${randomUUID()} ü`];
    const first = lockOf(await scene.claim('ap', queue, call, tenant, as('desk')));
    expect([first[0], first[3]]).toEqual([true, home]);

    for (const region of ['us', 'eu', 'ap'])
      expect(lockOf(await scene.claim(region, queue, call, tenant, as('desk')))).toEqual(first);
  });

  it('of another caller gets another agent', async () => {
    const [queue, call] = [await scene.freeAgents(2), randomUUID()];
    const desk = lockOf(await scene.claim('eu', queue, call, TENANT, as('desk')));
    const rival = lockOf(await scene.claim('ap', queue, call, TENANT, as('rival')));
    expect([desk[0], rival[0]]).toEqual([true, true]);
    expect([rival[1] === desk[1], rival[2] === desk[2]]).toEqual([false, false]);

    expect(lockOf(await scene.claim('us', queue, call, TENANT, as('rival')))).toEqual(rival);
  });

  it('is not revealed to a caller that forges the headers of a region', async () => {
    const [queue, call] = [await scene.freeAgents(1), randomUUID()];
    const desk = lockOf(await scene.claim('us', queue, call, TENANT, as('desk')));
    expect(desk[0]).toBe(true);
    const forged = { 'x-datadip-forwarded': 'eu', 'x-datadip-caller': 'desk' };
    for (const caller of ['rival', 'peer'] as const)
      for (const signature of [{}, { 'x-datadip-caller-signature': 'a'.repeat(64) }]) {
        const headers = { ...as(caller), ...forged, ...signature };
        expect((await scene.claim('us', queue, call, TENANT, headers)).json).toMatchObject({
          ...{ agentFound: false, agentId: '', lockToken: '', error: '' },
        });
      }
  });
});

describe('the members of a queue, read with a position', () => {
  afterEach(() => scene.regions.heal('eu', 'bus'));

  it('show the event, whichever region is asked', async () => {
    const [queue, agent] = [randomUUID(), randomUUID()];
    await scene.join('us', queue, agent);
    for (const [region, status] of [
      ['eu', 'BUSY'],
      ['ap', 'AVAILABLE'],
      ['us', 'BUSY'],
    ] as const) {
      const { headers } = await scene.report('eu', agent, status);
      const after = { 'x-datadip-after': String(headers['x-datadip-position']) };
      const { json } = await scene.members(region, queue, TENANT, after);
      expect(json?.agents).toMatchObject([{ agentId: agent, status, stale: false }]);
    }
  });

  it('are stale if the event does not reach the home in time', async () => {
    const [queue, agent] = [randomUUID(), randomUUID()];
    await scene.join('us', queue, agent);
    await scene.report('us', agent, 'AVAILABLE');
    await scene.regions.cut('eu', 'bus');
    const { headers } = await scene.report('eu', agent, 'BUSY');
    const after = { 'x-datadip-after': String(headers['x-datadip-position']) };
    for (const region of ['us', 'eu'])
      expect((await scene.members(region, queue, TENANT, after)).json?.agents).toMatchObject([
        { agentId: agent, status: 'AVAILABLE', stale: true },
      ]);
  });
});

describe('two regions with different tables of homes', () => {
  afterEach(async () => {
    for (const name of ['us', 'eu']) await scene.regions.heal(name);
    await scene.regions.untilAllHear();
  });

  it('hand out no agent of the tenant in question, and go on with the others', async () => {
    for (const region of ['us', 'eu', 'ap']) {
      const { status, json } = await scene.claim(region, 'q', randomUUID(), DISPUTED_TENANT);
      expect({ status, json }).toMatchObject({ status: 200, json: { agentFound: false, error: 'no_home', region } });
    }
    const queue = await scene.freeAgents(1);
    expect((await scene.claim('eu', queue, randomUUID())).json).toMatchObject({ agentFound: true, region: 'us' });
  });

  it('forward no request in a circle, and stop within 2 s after they hear each other', async () => {
    for (const name of ['us', 'eu']) await scene.regions.cut(name, 'bus');
    await setHome('us', 'eu');
    await setHome('eu', 'us');
    const sent = await remoteClaims();
    await eventually(async () => {
      const { status, json, elapsedMs } = await scene.claim('us', 'q', randomUUID(), LOOPING_TENANT);
      expect({ status, json }).toMatchObject({
        ...{ status: 200, json: { agentFound: false, error: 'no_home', region: 'eu' } },
      });
      expect(elapsedMs).toBeLessThan(2000);
    });
    // The region `eu` may have noticed the difference. Then it forwards nothing.
    expect((await scene.claim('eu', 'q', randomUUID(), LOOPING_TENANT)).json).toMatchObject({
      ...{ agentFound: false, error: 'no_home', region: expect.stringMatching(/^(?:us|eu)$/) },
    });
    const { status, json } = await scene.join('us', 'q', 'ada', LOOPING_TENANT);
    expect({ status, code: json?.code }).toEqual({ status: 503, code: 'no_home' });
    const now = await remoteClaims();
    // Each request was forwarded once.
    expect((now.eu ?? 0) - (sent.eu ?? 0)).toBe(1);

    for (const name of ['us', 'eu']) await scene.regions.heal(name);
    await scene.regions.untilAllHear();
    for (const region of ['us', 'eu'])
      await eventually(
        async () =>
          expect((await scene.claim(region, 'q', randomUUID(), LOOPING_TENANT)).json).toMatchObject({
            ...{ error: 'no_home', region },
          }),
        { withinMs: 2000 },
      );
  });
});

/** Writes a home into the Redis of a region, as a record of the log would. */
async function setHome(region: string, home: string): Promise<void> {
  const redis = new Redis(scene.regions.region(region).store.url);
  try {
    const value = JSON.stringify({ home, fenceAbove: 0 });
    const field = `home:${LOOPING_TENANT}`;
    await redis.hset(`region-homes:{${region}}`, field, `1 ${Date.now()} ${value}`, 'version', randomUUID());
  } finally {
    redis.disconnect();
  }
}

/** The requests that each region has sent to others. */
async function remoteClaims(): Promise<Record<string, number>> {
  const counts = ['us', 'eu'].map(async (name) => {
    const metrics = await scene.regions.region(name).metrics();
    return [name, metrics.sum('datadip_remote_claims_total') ?? 0] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}
