/** This file exceeds 220 lines because its tests share three running regions. */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { KAFKA_STARTS_WITHIN_MS } from '../../support/kafka.js';
import { GENESYS } from '../agents/platforms.js';
import { lastViewIn, rowsIn } from '../ops/ops-view.js';
import { RegionsScene, SILENT_MS, TENANT_OF_EU, WITHIN_MS } from './scene.js';

/** Longer than the 2 s that an invalidation waits for Kafka, on a busy machine. */
const ANSWERS_WITHIN_MS = 10_000;

let scene: RegionsScene;
beforeAll(async () => {
  scene = await RegionsScene.open();
}, KAFKA_STARTS_WITHIN_MS);
afterAll(() => scene.stop());

const healAll = async (): Promise<void> => {
  for (const name of scene.regions.links.names) await scene.regions.heal(name);
  await scene.regions.untilAllHear();
};
const newCustomer = (): string => `c-${randomUUID()}`;
const newAgent = (): string => randomUUID();

/** Stores the customer with an old tier in every region, and then changes it at the origin. */
async function changedCustomer(): Promise<string> {
  const customer = newCustomer();
  scene.setTier('Old');
  for (const name of ['us', 'eu', 'ap']) expect(await scene.tier(name, customer)).toBe('Old');
  scene.setTier('New');
  return customer;
}

describe('an event about an agent', () => {
  it('is visible in the other regions', async () => {
    const agent = newAgent();
    expect((await scene.report('eu', agent, 'AVAILABLE')).status).toBe(202);

    for (const name of ['us', 'ap'])
      await eventually(async () => {
        const { json } = await scene.agent(name, agent);
        expect(json).toMatchObject({ agentFound: true, status: 'AVAILABLE', region: 'eu', stale: false });
      });
  });

  it('leads to the same state in any order, and if it comes twice', async () => {
    const agent = newAgent();
    const [older, newer] = [
      { timestamp: Date.now() - 2000, event_id: randomUUID() },
      { timestamp: Date.now() - 1000, event_id: randomUUID() },
    ];
    await scene.report('us', agent, 'AVAILABLE', newer);
    await scene.report('ap', agent, 'OFFLINE', older);
    await scene.report('eu', agent, 'OFFLINE', older);
    await scene.report('eu', agent, 'AVAILABLE', newer);
    const last = newAgent();
    for (const name of ['us', 'eu', 'ap']) await scene.report(name, last, 'BUSY');
    await eventually(async () => {
      for (const name of ['us', 'eu', 'ap']) expect((await scene.agent(name, last)).json?.agentFound).toBe(true);
    });

    for (const name of ['us', 'eu', 'ap']) expect((await scene.agent(name, agent)).json?.status).toBe('AVAILABLE');
  });

  it('counts by the time of the platform, so that skewed clocks change no order', async () => {
    const [queue, first, second] = [randomUUID(), newAgent(), newAgent()];
    for (const agent of [first, second]) expect((await scene.join('us', queue, agent)).status).toBeLessThan(300);
    // The clock of eu is 30 s ahead and that of ap is 30 s behind.
    await scene.report('eu', first, 'AVAILABLE', { timestamp: Date.now() - 5000 });
    await scene.report('ap', second, 'AVAILABLE', { timestamp: Date.now() - 3000 });
    await eventually(async () => {
      for (const agent of [first, second]) expect((await scene.agent('us', agent)).json?.status).toBe('AVAILABLE');
    });

    expect((await scene.claim('us', queue)).json).toMatchObject({ agentId: first });
    expect((await scene.claim('us', queue)).json).toMatchObject({ agentId: second });
  });
});

describe('an invalidation', () => {
  it('reaches every region', async () => {
    const customer = await changedCustomer();
    expect((await scene.invalidate('us', customer)).json).toMatchObject({ invalidated: 1, duplicate: false });

    expect(await scene.tier('us', customer)).toBe('New');
    for (const name of ['eu', 'ap'])
      await eventually(async () => expect(await scene.tier(name, customer)).toBe('New'), { withinMs: WITHIN_MS });
  });

  it('is a repetition in every region', async () => {
    const [customer, eventId] = [await changedCustomer(), randomUUID()];
    await scene.invalidate('us', customer, eventId);
    await eventually(async () => expect(await scene.tier('eu', customer)).toBe('New'));

    expect((await scene.invalidate('us', customer, eventId)).json).toMatchObject({ duplicate: true });
    expect((await scene.invalidate('eu', customer, eventId)).json).toMatchObject({ duplicate: true });
  });
});

describe('a position', () => {
  it('makes a read in another region wait for the event of a customer', async () => {
    const customer = await changedCustomer();
    const { headers } = await scene.invalidate('us', customer);
    const position = String(headers['x-datadip-position']);
    expect(position).toMatch(/^[\w-]+$/);

    const { json } = await scene.profile('eu', customer, { 'x-datadip-after': position });
    expect(json).toMatchObject({ tier: 'New' });
  });

  it('makes a read in another region wait for the event of an agent', async () => {
    const agent = newAgent();
    const { headers } = await scene.report('us', agent, 'BUSY');
    const { json } = await scene.agent('ap', agent, { 'x-datadip-after': String(headers['x-datadip-position']) });

    expect(json).toMatchObject({ status: 'BUSY', stale: false });
  });

  it('that no region has given is refused', async () => {
    expect((await scene.profile('eu', newCustomer(), { 'x-datadip-after': 'not a position' })).status).toBe(400);
  });
});

describe('a claim', () => {
  it('of another region is decided at home', async () => {
    const [queue, agent, call] = [randomUUID(), newAgent(), randomUUID()];
    expect((await scene.join('ap', queue, agent)).status).toBeLessThan(300);
    await scene.report('eu', agent, 'AVAILABLE');
    const claim = await eventually(async () => {
      const { json } = await scene.claim('ap', queue, call);
      expect(json).toMatchObject({ agentFound: true, agentId: agent, region: 'us' });
      return json ?? {};
    });

    expect((await scene.claim('ap', queue, call)).json).toMatchObject({ agentId: agent, lockToken: claim.lockToken });
    expect((await scene.claim('eu', queue)).json).toMatchObject({ agentFound: false, region: 'us' });
    expect((await scene.act('eu', claim, 'confirm')).status).toBe(200);
    expect((await scene.act('ap', claim, 'release', { outcome: 'ended' })).status).toBe(200);
    expect((await scene.act('us', claim, 'release', { outcome: 'ended' })).status).toBe(409);
  });

  it('of a tenant with its own home is decided there', async () => {
    const [queue, agent] = [randomUUID(), newAgent()];
    expect((await scene.join('us', queue, agent, TENANT_OF_EU)).status).toBeLessThan(300);
    await scene.report('us', agent, 'AVAILABLE', { tenant_id: TENANT_OF_EU });

    await eventually(async () => {
      const { json } = await scene.claim('us', queue, randomUUID(), TENANT_OF_EU);
      expect(json).toMatchObject({ agentFound: true, agentId: agent, region: 'eu' });
    });
  });
});

describe('a region that is cut off', () => {
  afterEach(healAll);

  it('serves nothing that was invalidated more than the bound ago, and loads each key once', async () => {
    const customer = await changedCustomer();
    await scene.regions.cut('eu');
    expect((await scene.invalidate('us', customer)).status).toBe(200);
    const acknowledgedMs = performance.now();
    await eventually(async () => expect(await scene.tier('eu', customer)).toBe('New'), {
      withinMs: acknowledgedMs + WITHIN_MS - performance.now(),
    });
    const other = newCustomer();
    await scene.tier('eu', other);
    await sleep(WITHIN_MS);
    const before = scene.crm.count;
    const answers = await Promise.all(Array.from({ length: 20 }, () => scene.profile('eu', other)));

    expect(answers.every(({ json }) => json?.tier === 'New')).toBe(true);
    expect(scene.crm.count - before).toBe(1);
  });

  it('claims no agent, stays ready and names the regions that are not heard, and the home goes on', async () => {
    const [queue, agents] = [randomUUID(), [newAgent(), newAgent()]];
    for (const agent of agents) {
      await scene.join('us', queue, agent);
      await scene.report('us', agent, 'AVAILABLE');
    }
    await scene.regions.blackhole('eu');
    const { json: claim, elapsedMs } = await scene.claim('eu', queue);
    expect(claim).toMatchObject({ agentFound: false, error: 'region_unreachable' });
    expect(elapsedMs).toBeLessThan(ANSWERS_WITHIN_MS);
    const claims = [await scene.claim('us', queue), await scene.claim('ap', queue)];
    for (const { json } of claims) expect(json).toMatchObject({ agentFound: true, region: 'us' });
    expect(claims.map(({ json }) => String(json?.agentId)).toSorted()).toEqual(agents.toSorted());

    await eventually(async () => {
      const { status, text } = await scene.regions.region('eu').get('/health/ready');
      expect(status).toBe(200);
      expect(text).toContain('the region does not hear the others');
    });
    await eventually(async () => {
      const { status, json } = await scene.regions.region('us').get('/health/ready');
      expect(status).toBe(200);
      expect(JSON.stringify(json)).toMatch(/"notHeard":\["eu"\]/);
    });
  });

  it('answers 503 to an invalidation, accepts events about agents, and sends both on after healing', async () => {
    const [customer, agent] = [await changedCustomer(), newAgent()];
    await scene.regions.blackhole('eu');
    const { status, json, headers, elapsedMs } = await scene.invalidate('eu', customer);
    expect({ status, code: json?.code }).toEqual({ status: 503, code: 'bus_unavailable' });
    expect(headers['retry-after']).toMatch(/^\d+$/);
    expect(elapsedMs).toBeLessThan(ANSWERS_WITHIN_MS);
    expect(await scene.tier('eu', customer)).toBe('New');
    expect(await scene.tier('us', customer)).toBe('Old');
    expect((await scene.report('eu', agent, 'BUSY')).status).toBe(202);
    await scene.regions.heal('eu');

    await eventually(async () => {
      for (const name of ['us', 'ap']) expect(await scene.tier(name, customer)).toBe('New');
    });
    await eventually(async () => expect((await scene.agent('us', agent)).json?.status).toBe('BUSY'));
  });

  it('has stale agents in the other regions, which hand none of them out until it is heard again', async () => {
    const [queue, agent] = [randomUUID(), newAgent()];
    await scene.join('us', queue, agent);
    await scene.report('eu', agent, 'AVAILABLE');
    await eventually(async () => expect((await scene.agent('us', agent)).json?.status).toBe('AVAILABLE'));
    scene.platform.fail(500);
    await scene.regions.cut('eu');
    await eventually(async () => expect((await scene.agent('us', agent)).json).toMatchObject({ stale: true }));
    expect((await scene.claim('us', queue)).json).toMatchObject({ agentFound: false });
    await scene.regions.heal('eu');

    await eventually(async () => expect((await scene.agent('us', agent)).json).toMatchObject({ stale: false }));
    await eventually(async () => expect((await scene.claim('us', queue)).json).toMatchObject({ agentId: agent }));
  });
});

describe('the ops page', () => {
  afterEach(healAll);
  const heardBy = async (name: string): Promise<string[][]> => {
    const { text } = await scene.regions.region(name).get('/ops/stream?seconds=0');
    return rowsIn(lastViewIn(text), 'regions').map(([, other = '', , state = '']) => [other, state]);
  };

  it('of a region says which other regions it hears, and which are silent', async () => {
    await eventually(async () =>
      expect((await heardBy('us')).toSorted()).toEqual([
        ['ap', 'heard'],
        ['eu', 'heard'],
      ]),
    );
    await scene.regions.cut('eu');
    await eventually(async () => expect(await heardBy('us')).toContainEqual(['eu', 'silent']));
    expect(await heardBy('us')).toContainEqual(['ap', 'heard']);
    await eventually(async () => {
      const { text } = await scene.regions.region('eu').get('/ops/stream?seconds=0');
      expect(lastViewIn(text).sentence).toMatch(/log between regions is away|region us is not heard/i);
    });
  });
});

describe('the validation of geo-distributed agent state', () => {
  afterEach(healAll);

  it('a lookup in a region that is cut off notices after a while, asks the platform, and stores the answer', async () => {
    const agent = GENESYS.newId();
    scene.platform.answer(GENESYS.answers([{ id: agent, state: 'ready', agoMs: 60_000 }]));
    await scene.report('us', agent, 'AVAILABLE', { platform: 'genesys' });
    await eventually(async () => expect((await scene.agent('eu', agent)).json?.status).toBe('AVAILABLE'));

    await scene.regions.cut('eu', 'bus');
    scene.platform.answer(GENESYS.answers([{ id: agent, state: 'busy', agoMs: 100 }]));
    await scene.report('us', agent, 'BUSY', { platform: 'genesys' });
    expect((await scene.agent('eu', agent)).json).toMatchObject({ status: 'AVAILABLE', stale: false });

    await sleep(SILENT_MS);
    await eventually(async () =>
      expect((await scene.agent('eu', agent)).json).toMatchObject({ status: 'BUSY', stale: false }),
    );
    const asked = scene.platform.calls.filter(({ url }) => url.includes(agent)).length;
    expect((await scene.agent('eu', agent)).json).toMatchObject({ status: 'BUSY' });
    expect(scene.platform.calls.filter(({ url }) => url.includes(agent)).length).toBe(asked);
  });

  it('an agent whose event was lost is repaired by reconciliation at home, and in all regions', async () => {
    const agent = GENESYS.newId();
    scene.platform.answer(GENESYS.answers([{ id: agent, state: 'busy', agoMs: 60_000 }]));
    await scene.report('us', agent, 'BUSY', { platform: 'genesys', timestamp: Date.now() - 60_000 });
    await eventually(async () => expect((await scene.agent('ap', agent)).json?.status).toBe('BUSY'));
    scene.platform.answer(GENESYS.answers([{ id: agent, state: 'ready', agoMs: 0 }]));

    for (const name of ['us', 'eu', 'ap'])
      await eventually(async () => expect((await scene.agent(name, agent)).json?.status).toBe('AVAILABLE'));
  });
});

describe('without Kafka', () => {
  it('a region starts and serves, and hears the others when Kafka is back', async () => {
    await scene.regions.killBroker();
    await scene.regions.replaceProcess('ap');
    scene.setTier('Loaded');
    expect(await scene.tier('ap', newCustomer())).toBe('Loaded');
    const { status, text } = await scene.regions.region('ap').get('/health/ready');
    expect(status).toBe(200);
    expect(text).toContain('regions');
    await scene.regions.startBroker();

    await scene.regions.untilAllHear();
  });
});
