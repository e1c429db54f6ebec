import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KAFKA_STARTS_WITHIN_MS } from '../../support/kafka.js';
import { eventually } from '../../support/eventually.js';
import { HomeScene, READ_TENANT, TENANT } from './home-scene.js';

let scene: HomeScene;
beforeAll(async () => {
  scene = await HomeScene.open();
}, KAFKA_STARTS_WITHIN_MS);
afterAll(() => scene.stop());

const REGIONS = ['us', 'eu', 'ap'] as const;

describe('skills of agents whose tenant is at home in us', () => {
  const declare = (region: string, agentId: string, body: object) =>
    scene.regions.region(region).send('PUT', `/agents/${agentId}/skills?tenantId=${TENANT}`, body);
  const claim = async (region: string, queueId: string, query: string) => {
    const path = `/agents/available?queueId=${queueId}&tenantId=${TENANT}&${query}`;
    return (await scene.regions.region(region).get(path)).json;
  };
  const availability = async (region: string, queueId: string, query = '') =>
    (await scene.regions.region(region).get(`/queues/${queueId}/availability?tenantId=${TENANT}&${query}`)).json;
  /** The ids of free agents in the order of the queue. */
  const freeAgents = async (count: number): Promise<[queueId: string, agents: string[]]> => {
    const queueId = await scene.freeAgents(count);
    const { json } = await scene.members('us', queueId);
    const agents = json?.agents as { readonly agentId: string; readonly lastUpdated: number }[];
    return [queueId, agents.toSorted((one, two) => one.lastUpdated - two.lastUpdated).map(({ agentId }) => agentId)];
  };

  it('are declared, claimed and counted in whichever region is asked', async () => {
    const [queue, agents] = await freeAgents(3);
    for (const [at, region] of REGIONS.entries()) {
      const { status, json } = await declare(region, agents[at] ?? '', { skills: { Español: at + 1, 'a:b': 5 } });
      expect([status, json]).toEqual([
        200,
        { agentId: agents[at], outcome: 'applied', skills: { español: at + 1, a_b: 5 } },
      ]);
    }
    for (const region of REGIONS)
      expect(await availability(region, queue, 'skills=espa%C3%B1ol:2,a_b')).toEqual({
        ...{ queueId: queue, available: 3, busy: 0, offline: 0, stale: 0, withSkills: 2, firstFreeInMs: -1 },
      });
    const query = 'skills=espa%C3%B1ol:1,a_b&evaluation=best&callId=call';
    const best = { agentFound: true, agentId: agents[2], matchedBy: 'best', score: 8, region: 'us' };
    for (const region of ['eu', 'us', 'ap']) expect(await claim(region, queue, query)).toMatchObject(best);
    expect(await claim('ap', queue, `skills=espa%C3%B1ol&prefer=${agents[1]}`)).toMatchObject({
      ...{ agentId: agents[1], matchedBy: 'preferred', score: 2, region: 'us' },
    });
    const relaxed = 'skills=espa%C3%B1ol:5&relax=espa%C3%B1ol@10';
    const none = { agentFound: false, error: 'no_agent_with_skills', matchedBy: '', score: 0, region: 'us' };
    expect(await claim('eu', queue, `${relaxed}&waitedS=9`)).toMatchObject(none);
    expect(await claim('eu', queue, `${relaxed}&waitedS=10`)).toMatchObject({ agentId: agents[0], score: 0 });
  });

  it('keep the time of their declaration on the way home', async () => {
    const agent = randomUUID();
    const nowMs = Date.now();
    expect((await declare('eu', agent, { skills: { spanish: 4 }, timestamp: nowMs })).status).toBe(200);
    const older = await declare('ap', agent, { skills: { spanish: 1 }, timestamp: Math.floor(nowMs / 1000) - 1 });
    expect(older.json).toMatchObject({ outcome: 'older', skills: { spanish: 4 } });
  });

  it('are refused in the region that is asked, with the wrong word', async () => {
    for (const region of ['us', 'eu'])
      expect(await claim(region, 'q', 'skills=spanish:high')).toMatchObject({
        ...{ status: 400, code: 'bad_request', title: expect.stringContaining('"spanish:high"') },
      });
  });
});

describe('queues of agents whose tenant is at home in us', () => {
  const members = async (queueId: string): Promise<string[]> => {
    const { json } = await scene.members('ap', queueId, READ_TENANT);
    return (json?.agents as { readonly agentId: string }[]).map(({ agentId }) => agentId);
  };
  const changed = (region: string, agentId: string, queueId: string, joined: boolean) =>
    scene.eventBridge(region, `v2.routing.queues.${queueId}.users`, { id: agentId, queueId, joined }, READ_TENANT);
  const untilMembers = (queueId: string, agents: readonly string[]) =>
    eventually(async () => expect((await members(queueId)).toSorted()).toEqual(agents.toSorted()));

  it('change by events of the platform in whichever region gets them', async () => {
    const [a, b, queue, other] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    for (const [region, agentId] of [
      ['eu', a],
      ['us', b],
    ] as const)
      expect(await changed(region, agentId, queue, true)).toMatchObject({ status: 202, json: { accepted: true } });
    await untilMembers(queue, [a, b]);
    await changed('ap', b, queue, false);
    await untilMembers(queue, [a]);
    const active = {
      ...{ id: a, activeQueueIds: [other], dateActiveQueuesChanged: new Date().toISOString() },
      routingStatus: { status: 'IDLE', startTime: new Date().toISOString() },
      presence: { presenceDefinition: { systemPresence: 'ON_QUEUE' }, modifiedDate: new Date().toISOString() },
    };
    expect((await scene.eventBridge('eu', `v2.users.${a}.activity`, active, READ_TENANT)).status).toBe(202);
    await untilMembers(other, [a]);
    await untilMembers(queue, []);
  });
});
