import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ReconcileConfig } from '../../../src/config/sections/agents.js';
import { ReconcileAgentsJob } from '../../../src/modules/agent-state/reconciliation/reconcile-agents.job.js';
import { AgentStore } from '../../../src/modules/agent-state/store/agent-store.js';
import { sharedRedisUrl } from '../../support/redis-store.js';
import { PLATFORMS, SupervisedSandbox } from './assignments-platforms.js';
import { AgentScene } from './scene.js';

const STORES = [
  ['in Redis', () => sharedRedisUrl()],
  ['in process', () => 'memory'],
] as const;
/** Agents 1 to 4 wait for a call. Agent 1 is the only member of queue 1 among them. */
const AGENTS = 24;
const CASES = PLATFORMS.flatMap((platform) => STORES.map(([where, store]) => ({ platform, where, store })));

describe.each(CASES)('readings of $platform.name, with the store $where', ({ platform, store }) => {
  let sandbox: SupervisedSandbox;
  let scene: AgentScene;
  let entry: ReconcileConfig;

  beforeEach(async () => {
    sandbox = await SupervisedSandbox.start();
    await sandbox.control('PUT', 'agents', { count: AGENTS });
    await open({ queues: 'all', skills: true });
  });
  afterEach(async () => {
    await scene.stop();
    await sandbox.sandbox.close();
  });

  const open = async (read: Pick<ReconcileConfig, 'queues' | 'skills'>): Promise<void> => {
    const auth = { type: 'bearer', token: await platform.token(sandbox.sandbox.url) };
    const inFile = { platform: platform.name, system: 'crm', ...read };
    scene = await AgentScene.open({
      ...{ store: store(), originUrl: sandbox.sandbox.url + platform.basePath, system: { auth } },
      agents: (tenant) => ({ reconcile: [{ ...inFile, tenant, everyMs: 3_600_000 }] }),
    });
    // A short interval, so that the lease of the run before has expired.
    entry = { ...inFile, tenant: scene.tenant, everyMs: 3 };
  };
  const run = async (): Promise<unknown> => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return scene.processes[0]?.app.get(ReconcileAgentsJob).run(entry);
  };
  const agent = (n: number): string => platform.agentId(n);
  const queue = (n: number): string => platform.queueId(n);
  const claimed = async (n: number): Promise<unknown> => {
    const { json } = await scene.claim(`queueId=${queue(n)}`);
    if (json?.agentFound !== true) return undefined;
    await scene.post(`/agents/${String(json.agentId)}/release`, { lockToken: json.lockToken, outcome: 'failed' });
    return json.agentId;
  };
  const members = async (n: number): Promise<string[]> => {
    const { json } = await scene.get(`/queues/${queue(n)}/agents`);
    return (json?.agents as { agentId: string }[]).map(({ agentId }) => agentId).toSorted();
  };
  const skills = async (n: number) =>
    Object.fromEntries((await scene.processes[0]?.app.get(AgentStore).readSkills(scene.tenant, agent(n))) ?? []);
  const breakLists = (brokenList: string | null) =>
    sandbox.control('PUT', `${platform.name}/behaviour`, { brokenList });

  it('a supervisor who moves an agent to another queue decides the next claim', async () => {
    await run();
    expect(await claimed(1)).toBe(agent(1));
    await sandbox.setQueues(1, { '1': null, '12': true });
    await sandbox.setQueues(12, { '12': null });
    expect(await run()).toMatchObject({ joined: 1, left: 2, queues: expect.any(Number), queuesFailed: 0 });
    expect(await members(1)).toEqual([agent(21)]);
    expect(await claimed(12)).toBe(agent(1));
    expect(await run()).toMatchObject({ joined: 0, left: 0, skillsChanged: 0 });
  });

  it('a member that has not joined the queue gets no call', async () => {
    await sandbox.setQueues(1, { '1': false });
    await run();
    expect(await members(1)).toEqual([agent(21)]);
    await sandbox.setQueues(1, { '1': true });
    await run();
    expect(await claimed(1)).toBe(agent(1));
    await sandbox.setQueues(1, { '1': false });
    await run();
    expect(await members(1)).toEqual([agent(21)]);
  });

  it('a supervisor who changes skills and languages changes them here', async () => {
    await sandbox.setSkills(1, { Billing: 5, Spanish: 5 });
    await sandbox.setQueues(21, { '1': null });
    await run();
    expect(await skills(1)).toMatchObject({ billing: 5, spanish: 5 });
    const claimBilling = async () => (await scene.claim(`queueId=${queue(1)}&skills=billing:5,spanish`)).json;
    const claim = await claimBilling();
    expect(claim).toMatchObject({ agentId: agent(1), matchedBy: 'all', score: 10 });
    await scene.post(`/agents/${agent(1)}/release`, { lockToken: claim?.lockToken, outcome: 'failed' });
    await sandbox.setSkills(1, { Billing: null, Spanish: 0, VIP: 5 });
    expect(await run()).toMatchObject({ skillsChanged: 1 });
    const changed = await skills(1);
    expect(changed).toMatchObject({ spanish: 0, vip: 5 });
    expect(changed).not.toHaveProperty('billing');
    expect(await claimBilling()).toMatchObject({ agentFound: false, error: 'no_agent_with_skills' });
  });

  it.each(['omittedEntry', 'missingPage', 'empty'])('a list with the fault %s ends nothing', async (fault) => {
    // More than one page of members.
    await sandbox.control('PUT', 'agents', { count: 110 });
    const everyone = Array.from({ length: 110 }, (_, at) => [String(at + 1), true]);
    await sandbox.control('PUT', 'queues/3/members', Object.fromEntries(everyone) as Record<string, boolean>);
    await run();
    const before = [await members(3), await skills(1)];
    expect(before[0]).toHaveLength(109);
    await breakLists(fault);
    for (let times = 0; times < 2; times += 1) await run();
    expect([await members(3), await skills(1)]).toEqual(before);
    await breakLists(null);
    await sandbox.setQueues(1, { '1': null });
    await run();
    expect(await members(1)).not.toContain(agent(1));
  });

  it.each([
    ['refuses with 429', { failureRate: 1, failureStatus: 429, retryAfterS: 1 }],
    ['fails', { failureRate: 1, failureStatus: 500 }],
  ])('a platform that %s ends nothing', async (_name, behaviour) => {
    await run();
    await sandbox.control('PUT', `${platform.name}/behaviour`, behaviour);
    expect(await run()).toBeUndefined();
    expect(await members(1)).toEqual([agent(1), agent(21)].toSorted());
  });

  it('what a caller declared survives every reading, and what is read survives a DELETE', async () => {
    await scene.join(agent(2), queue(1), 5);
    await scene.send('PUT', `/agents/${agent(1)}/skills`, { skills: { opera: 4, vip: 1 } });
    await sandbox.setSkills(1, { VIP: 5 });
    await run();
    await sandbox.setQueues(1, { '1': null });
    await sandbox.setQueues(2, { '1': true });
    await run();
    await sandbox.setQueues(2, { '1': null });
    await run();
    expect(await members(1)).toEqual([agent(2), agent(21)].toSorted());
    expect(await skills(1)).toMatchObject({ opera: 4, vip: 1 });
    await sandbox.setQueues(2, { '1': true });
    await run();
    await scene.send('DELETE', `/queues/${queue(1)}/agents/${agent(2)}`);
    expect(await members(1)).toContain(agent(2));
    await sandbox.setQueues(2, { '1': null });
    await run();
    expect(await members(1)).toEqual([agent(21)]);
  });

  it('a DELETE ends what was read of a queue that is no longer read', async () => {
    await scene.stop();
    await open({ queues: [queue(2)] });
    entry = { ...entry, queues: 'all' };
    await run();
    const remove = async (n: number) => (await scene.send('DELETE', `/queues/${queue(n)}/agents/${agent(n)}`)).json;
    expect(await remove(2)).toMatchObject({ removed: false, stillMember: true });
    expect(await remove(1)).toMatchObject({ removed: true, stillMember: false });
    expect([await members(1), await members(2)]).toEqual([[agent(21)], [agent(2), agent(22)].toSorted()]);
  });

  it('the health page and the metrics count what the readings changed', async () => {
    await run();
    const health = await scene.get('/health/ready');
    const { text } = await scene.get('/metrics');
    const labels = `platform="${platform.name}",source="reconciliation"`;
    // In CXone, each of the ten skills of an agent is also a queue.
    const joined = AGENTS * (platform.name === 'cxone' ? 15 : 5);
    expect(text).toMatch(
      new RegExp(`^datadip_agent_memberships_changed_total\\{${labels},change="joined"\\} ${joined}$`, 'm'),
    );
    expect(text).toMatch(new RegExp(`^datadip_agent_skills_changed_total\\{${labels},change="changed"\\} 24$`, 'm'));
    expect(health.text).toContain(`"joined":${joined},"left":0,"skillsChanged":${AGENTS}`);
    const queues = `platform="${platform.name}",system="crm",outcome="confirmed"`;
    expect(text).toMatch(new RegExp(`^datadip_agent_queue_readings_total\\{${queues}\\} \\d\\d$`, 'm'));
  });

  it('only the named queues are read, and skills only if they are wanted', async () => {
    entry = { ...entry, queues: [queue(2)], skills: false };
    await run();
    expect([await members(2), await members(1)]).toEqual([[agent(2), agent(22)].toSorted(), []]);
    expect(await skills(1)).toEqual({});
  });
});
