import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { FlowInputs } from './platform/genesys.js';
import { SandboxScene } from './sandbox-scene.js';

/** The inputs of a flow that sets none of them. */
const UNSET = { evaluation: null, prefer: null, relax: null, waitedS: null };

let scene: SandboxScene;
beforeAll(async () => {
  scene = await SandboxScene.open();
});
afterAll(() => scene.stop());

async function addAgent(queueId: string, skills: Readonly<Record<string, number>>): Promise<string> {
  const agentId = randomUUID();
  const event = { event_id: randomUUID(), agent_id: agentId, status: 'AVAILABLE', region_source: 'local' };
  const answers = [
    await scene.send('PUT', `/queues/${queueId}/agents/${agentId}`, {}),
    await scene.send('PUT', `/agents/${agentId}/skills`, { skills }),
    await scene.post('/events/agent-status', { ...event, timestamp: Date.now() }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 202]);
  return agentId;
}

async function run(name: string, inputs: FlowInputs): Promise<Readonly<Record<string, unknown>>> {
  const execution = await scene.execute(await scene.action(name), inputs);
  if (execution.path !== 'success') throw new Error(JSON.stringify(execution));
  return execution.output;
}

describe('the Data Action agents-by-skill', () => {
  it('claims, repeats and relaxes as the route does', async () => {
    const queueId = `q-${randomUUID()}`;
    const [spanish, german] = [await addAgent(queueId, { español: 4 }), await addAgent(queueId, { german: 2 })];
    const call = { queueId, callId: randomUUID(), skills: 'Español:3,billing', relax: 'billing@10', waitedS: '9' };
    expect(await run('agents-by-skill', call)).toMatchObject({
      ...{ agentFound: false, agentId: '', error: 'no_agent_with_skills', matchedBy: '', score: 0 },
    });
    const found = { agentFound: true, agentId: spanish, error: '', matchedBy: 'all', score: 4 };
    for (let count = 0; count < 2; count += 1)
      expect(await run('agents-by-skill', { ...call, waitedS: '10' })).toMatchObject(found);
    const preferred = { queueId, callId: randomUUID(), skills: 'german', evaluation: 'best', prefer: german };
    expect(await run('agents-by-skill', preferred)).toMatchObject({
      agentId: german,
      matchedBy: 'preferred',
      score: 2,
    });
  });

  it.each<[string, FlowInputs]>([
    ['left out', {}],
    ['null', { skills: null, ...UNSET }],
    ['empty', { skills: '', evaluation: '', prefer: '', relax: '', waitedS: '' }],
  ])('claims without skills if the inputs are %s', async (_what, unset) => {
    const queueId = `q-${randomUUID()}`;
    const agentId = await addAgent(queueId, {});
    const inputs = { queueId, callId: randomUUID(), ...unset };
    expect(await run('agents-by-skill', inputs)).toMatchObject({ agentFound: true, agentId, matchedBy: '', score: 0 });
  });

  it('ends on the failure path if a word is wrong', async () => {
    const inputs = { queueId: 'q', callId: 'c', skills: 'spanish:high' };
    expect(await scene.execute(await scene.action('agents-by-skill'), inputs)).toMatchObject({
      ...{ path: 'failure', status: 400 },
    });
  });
});

describe('the Data Action agents-availability', () => {
  it('counts the agents of a queue', async () => {
    const queueId = `q-${randomUUID()}`;
    await addAgent(queueId, { spanish: 4 });
    await addAgent(queueId, {});
    const counts = { queueId, available: 2, busy: 0, offline: 0, stale: 0, firstFreeInMs: -1 };
    expect(await run('agents-availability', { queueId })).toEqual({ ...counts, withSkills: 2 });
    expect(await run('agents-availability', { queueId, skills: 'spanish:3' })).toEqual({ ...counts, withSkills: 1 });
  });
});
