import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { ReconciliationCounts } from '../../../src/modules/agent-state/reconciliation/agent-reconciliation.js';
import { ReconcileAgentsJob } from '../../../src/modules/agent-state/reconciliation/reconcile-agents.job.js';
import { Answer } from '../../support/origin-replies.js';
import { startOrigin, type ScriptedOrigin } from '../../support/origin.js';
import { sharedRedisUrl } from '../../support/redis-store.js';
import { GENESYS, type PlatformAgent } from './platforms.js';
import { AgentScene } from './scene.js';

describe.each([
  ['in Redis', () => [sharedRedisUrl(), sharedRedisUrl()]],
  ['in process', () => ['memory']],
])('reconciliation, with the store %s', (_where, stores) => {
  let origin: ScriptedOrigin;
  let scene: AgentScene;
  beforeEach(async () => {
    origin = await startOrigin();
    scene = await AgentScene.open({ store: stores(), originUrl: origin.url });
  });
  afterEach(async () => {
    await scene.stop();
    await origin.stop();
  });

  const runOnce = (at = 0): Promise<ReconciliationCounts | undefined> => {
    const job = scene.processes[at]?.app.get(ReconcileAgentsJob);
    // A short interval, so that the lease of the run before has expired.
    const entry = { platform: 'genesys' as const, system: 'crm', tenant: scene.tenant, everyMs: 3 };
    return job?.run(entry) ?? Promise.resolve(undefined);
  };
  /** Waits until the lease of the last run has expired. */
  const runAgain = async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return runOnce();
  };
  const setAgents = (...agents: PlatformAgent[]): void => origin.answer(GENESYS.answers(agents));
  const stateOf = async (id: string) => (await scene.get(`/agents/${id}`)).json;
  const sendActivity = (id: string, status: string, agoMs: number) =>
    scene.eventBridge(`v2.users.${id}.activity`, {
      id,
      routingStatus: { status, startTime: new Date(Date.now() - agoMs).toISOString() },
      presence: {
        presenceDefinition: { systemPresence: 'ON_QUEUE' },
        modifiedDate: new Date(Date.now() - agoMs).toISOString(),
      },
    });

  it('a run corrects a state whose event was lost, and counts the drift', async () => {
    const [id, q] = [randomUUID(), randomUUID()];
    await scene.join(id, q);
    await sendActivity(id, 'INTERACTING', 60_000);
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentFound: false });
    setAgents({ id, state: 'ready', agoMs: 30_000 });
    expect(await runOnce()).toEqual({ agents: 1, drifted: 1, gone: 0 });
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentId: id });
    expect((await scene.get('/metrics')).text).toMatch(/^datadip_agent_drift_total\{platform="genesys"\} 1$/m);
  });

  it('a run overwrites no newer state', async () => {
    const id = randomUUID();
    await sendActivity(id, 'INTERACTING', 1000);
    setAgents({ id, state: 'ready', agoMs: 30_000 });
    expect(await runOnce()).toMatchObject({ drifted: 0 });
    expect(await stateOf(id)).toMatchObject({ status: 'BUSY' });
  });

  it('the second run in a row that reads all pages without an agent marks the agent as gone', async () => {
    const users = Array.from({ length: 230 }, () => ({ id: randomUUID(), state: 'ready' as const, agoMs: 5000 }));
    const [gone, elsewhere] = [randomUUID(), randomUUID()];
    await sendActivity(gone, 'IDLE', 60_000);
    await scene.sendStatus(elsewhere, 'AVAILABLE');
    await new Promise((resolve) => setTimeout(resolve, 5));
    setAgents(...users);
    expect(await runOnce()).toEqual({ agents: 230, drifted: 0, gone: 0 });
    expect(origin.count).toBe(3);
    expect(await stateOf(gone)).toMatchObject({ status: 'AVAILABLE' });
    expect(await runAgain()).toEqual({ agents: 230, drifted: 0, gone: 1 });
    expect(await stateOf(gone)).toMatchObject({ status: 'OFFLINE' });
    expect(await stateOf(elsewhere)).toMatchObject({ status: 'AVAILABLE' });
    expect(await stateOf(users[229]?.id ?? '')).toMatchObject({ status: 'AVAILABLE' });
  });

  it('an agent missing from one incomplete list, then listed again, stays available with the date of the platform', async () => {
    const [a, b, q] = [randomUUID(), randomUUID(), randomUUID()];
    await scene.join(a, q);
    const sinceMs = Date.now() - 60_000;
    const agent = (id: string, state: PlatformAgent['state']): PlatformAgent => ({
      id,
      state,
      get agoMs() {
        return Date.now() - sinceMs;
      },
    });
    const both = [agent(a, 'ready'), agent(b, 'busy')];
    const pages = [both, both.slice(1), both, both.slice(1), both.slice(1), both];
    const statuses: unknown[] = [];
    for (const page of pages) {
      setAgents(...page);
      await runAgain();
      statuses.push((await stateOf(a))?.status);
    }
    expect(statuses).toEqual(['AVAILABLE', 'AVAILABLE', 'AVAILABLE', 'AVAILABLE', 'OFFLINE', 'AVAILABLE']);
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentId: a });
  });

  it.each([
    ['fails', Answer.json({}, 500)],
    ['lists no agents', { entities: [] }],
    ['returns another shape', { users: [] }],
  ])('a run marks no agent as gone when the platform %s', async (_name, answer) => {
    const id = randomUUID();
    await sendActivity(id, 'IDLE', 60_000);
    origin.answer(() => answer);
    await runOnce();
    expect(await stateOf(id)).toMatchObject({ status: 'AVAILABLE' });
  });
});

describe('reconciliation in two processes', () => {
  it('one process of two makes the run', async () => {
    const origin = await startOrigin(GENESYS.answers([]));
    const scene = await AgentScene.open({ store: ['redis', 'redis'], originUrl: origin.url });
    try {
      const entry = { platform: 'genesys' as const, system: 'crm', tenant: scene.tenant, everyMs: 600_000 };
      const runs = await Promise.all(scene.processes.map(({ app }) => app.get(ReconcileAgentsJob).run(entry)));
      expect(runs.filter((done) => done !== undefined)).toHaveLength(1);
      expect(origin.count).toBe(1);
    } finally {
      await scene.stop();
      await origin.stop();
    }
  });
});
