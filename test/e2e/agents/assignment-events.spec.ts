import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { AgentStore } from '../../../src/modules/agent-state/store/agent-store.js';
import { sharedRedisUrl } from '../../support/redis-store.js';
import { AgentScene } from './scene.js';

describe.each([
  ['in Redis', () => sharedRedisUrl()],
  ['in process', () => 'memory'],
])('events about queues, with the store %s', (_where, store) => {
  let scene: AgentScene;
  const open = async (queues?: 'all' | readonly string[]): Promise<void> => {
    const entry = (tenant: string) => ({ platform: 'genesys', system: 'crm', tenant, everyMs: 3_600_000 });
    scene = await AgentScene.open({
      store: store(),
      agents: (tenant) => ({ reconcile: [{ ...entry(tenant), ...(queues === undefined ? {} : { queues }) }] }),
    });
  };
  beforeEach(() => open('all'));
  afterEach(() => scene.stop());

  /** The event of the platform, and how long ago the platform sent it. */
  const sendMember = (agentId: string, queueId: string, joined: boolean, agoMs = 0) =>
    sendAt(`v2.routing.queues.${queueId}.users`, { id: agentId, user: { id: agentId }, queueId, joined }, agoMs);
  const sendActivity = (agentId: string, more: Record<string, unknown>) =>
    scene.eventBridge(`v2.users.${agentId}.activity`, {
      id: agentId,
      routingStatus: { status: 'IDLE', startTime: ago(60_000) },
      presence: { presenceDefinition: { systemPresence: 'ON_QUEUE' }, modifiedDate: ago(60_000) },
      ...more,
    });
  const sendAt = (topicName: string, eventBody: Record<string, unknown>, agoMs: number) => {
    const detail = { topicName, version: '2', eventBody, metadata: {}, timestamp: ago(agoMs) };
    const source = 'aws.partner/genesys.com/cloud/org/suffix';
    return scene.post('/webhook/eventbridge', { version: '0', id: randomUUID(), source, time: ago(agoMs), detail });
  };
  const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
  const claimed = async (queueId: string): Promise<unknown> => (await scene.claim(`queueId=${queueId}`)).json?.agentId;
  const isMember = async (agentId: string, queueId: string): Promise<boolean> => {
    const { json } = await scene.get(`/queues/${queueId}/agents`);
    return (json?.agents as { agentId: string }[]).some((member) => member.agentId === agentId);
  };

  it('a member who joins decides the next claim, and a member who leaves, too', async () => {
    const [a, b, q] = [randomUUID(), randomUUID(), randomUUID()];
    for (const id of [a, b]) await sendActivity(id, {});
    expect(await sendMember(a, q, true, 100)).toMatchObject({ status: 202, json: { accepted: true } });
    await sendMember(b, q, true, 90);
    await sendMember(a, q, false, 80);
    expect(await claimed(q)).toBe(b);
    expect(await isMember(a, q)).toBe(false);
    expect((await scene.get('/metrics')).text).toMatch(
      /^datadip_agent_memberships_changed_total\{platform="genesys",source="eventbridge",change="left"\} 1$/m,
    );
  });

  it('an activity event lists all queues of the agent', async () => {
    const [a, q1, q2] = [randomUUID(), randomUUID(), randomUUID()];
    await sendActivity(a, { activeQueueIds: [q1], dateActiveQueuesChanged: ago(5000) });
    expect(await claimed(q1)).toBe(a);
    await sendActivity(a, { activeQueueIds: [q2], dateActiveQueuesChanged: ago(4000) });
    expect([await isMember(a, q1), await isMember(a, q2)]).toEqual([false, true]);
    await sendActivity(a, { activeQueueIds: [q1], dateActiveQueuesChanged: ago(5000) });
    expect([await isMember(a, q1), await isMember(a, q2)]).toEqual([false, true]);
    await sendActivity(a, { dateActiveQueuesChanged: ago(1000) });
    await sendActivity(a, { activeQueueIds: [] });
    expect(await isMember(a, q2)).toBe(true);
    await sendActivity(a, { activeQueueIds: [], dateActiveQueuesChanged: ago(1000) });
    expect(await isMember(a, q2)).toBe(false);
  });

  it('an event takes away nothing that a caller declared', async () => {
    const [a, q] = [randomUUID(), randomUUID()];
    await scene.makeAvailable(a, q);
    await sendMember(a, q, true, 100);
    await sendMember(a, q, false);
    expect(await claimed(q)).toBe(a);
  });

  it('an event that arrives too late changes nothing', async () => {
    const [a, q] = [randomUUID(), randomUUID()];
    expect(await sendMember(a, q, true, 3_600_000)).toMatchObject({ status: 202 });
    expect(await isMember(a, q)).toBe(false);
  });

  it.each([
    ['without joined', { user: { id: 'a' } }],
    ['without an agent', { joined: true }],
    ['with an agent that is no id', { user: { id: 'a/b' }, joined: true }],
  ])('an event %s is refused', async (_name, body) => {
    expect(await sendAt(`v2.routing.queues.${randomUUID()}.users`, body, 0)).toMatchObject({ status: 400 });
    expect(await sendAt('v2.routing.queues.{id}.users', { id: 'a', joined: true }, 0)).toMatchObject({ status: 400 });
  });

  it('an event of a queue that Datadip does not read is ignored', async () => {
    const [a, q, other] = [randomUUID(), randomUUID(), randomUUID()];
    await scene.stop();
    await open([q]);
    expect(await sendMember(a, other, true)).toMatchObject({ status: 202 });
    await sendActivity(a, { activeQueueIds: [q, other], dateActiveQueuesChanged: ago(1000) });
    expect([await isMember(a, q), await isMember(a, other)]).toEqual([true, false]);
    await scene.stop();
    await open();
    expect(await sendMember(a, q, true)).toMatchObject({ status: 202, json: { ignored: true } });
    await sendActivity(a, { activeQueueIds: [q], dateActiveQueuesChanged: ago(1000) });
    expect(await isMember(a, q)).toBe(false);
  });

  it('a join, a leave, skills and a status end in the same state in every order', async () => {
    const q = randomUUID();
    const agentStore = scene.processes[0]?.app.get(AgentStore);
    const changes: readonly ((agentId: string) => Promise<unknown>)[] = [
      (id) => sendMember(id, q, true, 4000),
      (id) => sendMember(id, q, false, 3000),
      (id) => sendMember(id, q, true, 2000),
      (id) => sendActivity(id, {}),
      (id) =>
        agentStore?.setSkills({
          ...{ tenant: scene.tenant, agentId: id, source: 'read', atMs: Date.now() - 3000 },
          skills: new Map([['billing', 2]]),
        }) ?? Promise.resolve(),
      (id) =>
        agentStore?.setSkills({
          ...{ tenant: scene.tenant, agentId: id, source: 'read', atMs: Date.now() - 1000 },
          skills: new Map([['spanish', 4]]),
        }) ?? Promise.resolve(),
    ];
    const orders = permutations(changes);
    expect(orders).toHaveLength(720);
    // Every tenth order, so that each change is first, last and in between.
    for (const order of orders.filter((_, at) => at % 10 === 3)) {
      const id = randomUUID();
      for (const change of order) await change(id);
      const { json } = await scene.get(`/agents/${id}`);
      expect(json).toMatchObject({ status: 'AVAILABLE' });
      expect(await isMember(id, q)).toBe(true);
      expect([...((await agentStore?.readSkills(scene.tenant, id)) ?? [])]).toEqual([['spanish', 4]]);
    }
  }, 60_000);
});

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}
