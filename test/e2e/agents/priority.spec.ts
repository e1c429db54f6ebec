import { afterEach, describe, expect, it } from '@jest/globals';
import type { ReconcileConfig } from '../../../src/config/sections/agents.js';
import { ReconcileAgentsJob } from '../../../src/modules/agent-state/reconciliation/reconcile-agents.job.js';
import { tenureYearsOf } from '../../../src/modules/agent-state/priority/priority-arithmetic.js';
import { hireDate } from '../../../src/sandbox/agents/hire-dates.js';
import { eventually } from '../../support/eventually.js';
import { PLATFORMS, SupervisedSandbox } from './assignments-platforms.js';
import { AgentScene } from './scene.js';

const STORES = ['redis', 'memory'];

describe.each(STORES)('priority by rule, store %s', (store) => {
  let scene: AgentScene;
  afterEach(() => scene.stop());

  const open = async (priority: object | undefined): Promise<void> => {
    scene = await AgentScene.open({ store, agents: () => (priority === undefined ? {} : { priority }) });
  };
  const put = (agentId: string, body: object = {}) => scene.send('PUT', `/queues/q/agents/${agentId}`, body);
  const setSkills = (agentId: string, skills: object) => scene.send('PUT', `/agents/${agentId}/skills`, { skills });
  /** A longer idle time comes first among equal scores. */
  const free = (agentId: string, idleMs: number) =>
    scene.sendStatus(agentId, 'AVAILABLE', { timestamp: Date.now() - idleMs });
  const scores = async (): Promise<Record<string, unknown>> => {
    const { json } = await scene.get('/queues/q/agents');
    const agents = json?.agents as { agentId: string; priorityScore: number }[];
    return Object.fromEntries(agents.map(({ agentId, priorityScore }) => [agentId, priorityScore]));
  };
  const scored = (expected: object) => eventually(async () => expect(await scores()).toEqual(expected));
  const claim = async () => (await scene.claim('queueId=q')).json ?? {};
  const release = ({ agentId, lockToken }: Record<string, unknown>) =>
    scene.post(`/agents/${String(agentId)}/release`, { lockToken, outcome: 'failed' });

  it('claims the more skilled agent, and a change of skills decides the next claim', async () => {
    await open({ skillMatch: 10 });
    for (const agentId of ['ada', 'bea']) expect((await put(agentId)).json).toMatchObject({ priorityScore: 500 });
    await free('ada', 9000);
    await free('bea', 5000);
    await setSkills('bea', { spanish: 3, billing: 4 });
    await scored({ ada: 500, bea: 465 });
    const first = await claim();
    expect(first).toMatchObject({ agentId: 'bea' });
    await release(first);
    await setSkills('ada', { billing: 5 });
    await scored({ ada: 450, bea: 465 });
    expect(await claim()).toMatchObject({ agentId: 'ada' });
    expect((await put('cem')).json).toEqual({ queueId: 'q', agentId: 'cem', priorityScore: 500 });
  });

  it('claims the agent with fewer confirmed calls today, then the longest idle', async () => {
    await open({ fairness: 5 });
    for (const agentId of ['ada', 'bea']) await put(agentId);
    await free('ada', 9000);
    await free('bea', 5000);
    const first = await claim();
    expect(first).toMatchObject({ agentId: 'ada' });
    const confirm = () => scene.post('/agents/ada/confirm', { lockToken: first.lockToken });
    expect([(await confirm()).status, (await confirm()).status]).toEqual([200, 200]);
    await scored({ ada: 505, bea: 500 });
    await release(first);
    const second = await claim();
    expect(second).toMatchObject({ agentId: 'bea' });
    await scene.post('/agents/bea/confirm', { lockToken: second.lockToken });
    await scored({ ada: 505, bea: 505 });
    await release(second);
    expect(await claim()).toMatchObject({ agentId: 'ada' });
  });

  it('lets a declared score win, until a declaration without a score', async () => {
    await open({ skillMatch: 10 });
    await setSkills('bea', { billing: 5 });
    await put('ada', { priorityScore: 7 });
    await put('bea');
    await free('ada', 5000);
    await free('bea', 9000);
    await setSkills('ada', { billing: 1 });
    await scored({ ada: 7, bea: 450 });
    const first = await claim();
    expect(first).toMatchObject({ agentId: 'ada' });
    await release(first);
    expect((await put('ada')).json).toMatchObject({ priorityScore: 490 });
    expect(await claim()).toMatchObject({ agentId: 'bea' });
  });

  it('computes an expression for each queue, and counts what is no number', async () => {
    await open({ expression: 'queueId = "q" ? skills.billing * 100' });
    await setSkills('ada', { billing: 2 });
    expect((await put('ada')).json).toMatchObject({ priorityScore: 200 });
    expect((await scene.send('PUT', '/queues/r/agents/ada', {})).json).toMatchObject({ priorityScore: 500 });
    expect((await scene.get('/metrics')).text).toMatch(/datadip_agent_priorities_total\{outcome="no_number"\} [1-9]/);
  });

  it('declares the score 0 without a rule', async () => {
    await open(undefined);
    expect((await put('ada')).json).toMatchObject({ priorityScore: 0 });
    await setSkills('ada', { billing: 5 });
    expect(await scores()).toEqual({ ada: 0 });
  });
});

describe.each(PLATFORMS.flatMap((platform) => STORES.map((store) => ({ platform, store }))))(
  'tenure by the readings of $platform.name, store $store',
  ({ platform, store }) => {
    let sandbox: SupervisedSandbox;
    let scene: AgentScene;
    afterEach(async () => {
      await scene.stop();
      await sandbox.sandbox.close();
    });

    it('claims the agent with the most years', async () => {
      sandbox = await SupervisedSandbox.start();
      await sandbox.control('PUT', 'agents', { count: 24 });
      // Agents 1 to 4 wait for a call.
      for (const n of [1, 2, 3, 4]) await sandbox.setQueues(n, { '1': true });
      const auth = { type: 'bearer', token: await platform.token(sandbox.sandbox.url) };
      const queues = [platform.queueId(1)];
      const inFile = { platform: platform.name, system: 'crm', queues };
      scene = await AgentScene.open({
        ...{ store, originUrl: sandbox.sandbox.url + platform.basePath, system: { auth } },
        agents: (tenant) => ({ priority: { tenure: 10 }, reconcile: [{ ...inFile, tenant, everyMs: 3_600_000 }] }),
      });
      const entry: ReconcileConfig = { ...inFile, tenant: scene.tenant, everyMs: 3 };
      await new Promise((resolve) => setTimeout(resolve, 5));
      await scene.processes[0]?.app.get(ReconcileAgentsJob).run(entry);

      const today = new Date().toISOString().slice(0, 10);
      const expected = (n: number): number => 500 - 10 * tenureYearsOf(hireDate(n), today);
      await eventually(async () => {
        const { json } = await scene.get(`/queues/${queues[0] ?? ''}/agents`);
        const agents = json?.agents as { agentId: string; priorityScore: number }[];
        const scores = new Map(agents.map(({ agentId, priorityScore }) => [agentId, priorityScore]));
        for (const n of [1, 2, 3, 4]) expect(scores.get(platform.agentId(n))).toBe(expected(n));
      });
      const best = [1, 2, 3, 4].toSorted((one, other) => expected(one) - expected(other))[0] ?? 0;
      const claimed = await scene.claim(`queueId=${queues[0] ?? ''}`);
      expect(claimed.json).toMatchObject({ agentFound: true, agentId: platform.agentId(best) });
    });
  },
);
