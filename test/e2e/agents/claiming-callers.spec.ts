import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { AgentScene } from './scene.js';

const CALLERS = Object.fromEntries(
  ['desk', 'rival'].map((name) => [
    name,
    { apiKeys: [`${name}-key`], tenants: ['*'], scopes: ['agents', 'events', 'invalidate', 'operate'] },
  ]),
);

describe.each(['redis', 'memory'])('two callers of one region, store %s', (store) => {
  let scene: AgentScene;
  beforeAll(async () => {
    scene = await AgentScene.open({ store, callers: CALLERS });
  });
  afterAll(() => scene.stop());

  const claimAs = async (caller: string, queueId: string, callId: string) => {
    const query = `queueId=${queueId}&callId=${encodeURIComponent(callId)}`;
    return (await scene.get(`/agents/available?${query}`, 0, { 'x-api-key': `${caller}-key` })).json ?? {};
  };
  const confirmAs = (caller: string, { agentId, lockToken }: Readonly<Record<string, unknown>>) =>
    scene.post(`/agents/${String(agentId)}/confirm`, { lockToken }, 0, { 'x-api-key': `${caller}-key` });

  it('a caller that names the call of another caller gets another agent, or none', async () => {
    const [queueId, callId] = [`q-${randomUUID()}`, randomUUID()];
    await scene.makeAvailable(randomUUID(), queueId);
    const mine = await claimAs('desk', queueId, callId);
    await confirmAs('desk', mine);
    const page = await scene.get(`/queues/${queueId}/agents`, 0, { 'x-api-key': 'rival-key' });
    expect(page.text).toContain(callId);
    expect(await claimAs('rival', queueId, callId)).toMatchObject({ agentFound: false, lockToken: '', fence: 0 });

    await scene.makeAvailable(randomUUID(), queueId);
    const theirs = await claimAs('rival', queueId, callId);
    expect(theirs).toMatchObject({ agentFound: true });
    expect([theirs.agentId, theirs.lockToken]).not.toEqual([mine.agentId, mine.lockToken]);
    expect(await claimAs('desk', queueId, callId)).toMatchObject({ agentId: mine.agentId, lockToken: mine.lockToken });
    expect(await claimAs('rival', queueId, callId)).toMatchObject({ lockToken: theirs.lockToken });
  });

  it('names of callers and call ids do not run into each other', async () => {
    const queueId = `q-${randomUUID()}`;
    for (let count = 0; count < 2; count += 1) await scene.makeAvailable(randomUUID(), queueId);
    const [one, two] = [await claimAs('desk', queueId, 'x rival'), await claimAs('rival', queueId, 'desk x')];
    expect(one.agentId).not.toBe(two.agentId);
  });

  it('the end of a conversation ends the confirmed lock of each caller', async () => {
    const [queueId, callId] = [`q-${randomUUID()}`, randomUUID()];
    for (let count = 0; count < 2; count += 1) await scene.makeAvailable(randomUUID(), queueId);
    for (const caller of ['desk', 'rival']) {
      expect((await confirmAs(caller, await claimAs(caller, queueId, callId))).status).toBe(200);
    }
    const topic = `v2.detail.events.conversation.${callId}.customer.end`;
    const ended = await scene.eventBridge(topic, { conversationId: callId, eventTime: Date.now() });
    expect(ended.status).toBe(202);
    for (const caller of ['desk', 'rival'])
      expect(await claimAs(caller, queueId, randomUUID())).toMatchObject({ agentFound: true });
  });
});
