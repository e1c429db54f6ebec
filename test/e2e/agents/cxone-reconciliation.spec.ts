import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { ReconcileConfig } from '../../../src/config/sections/agents.js';
import { ReconcileAgentsJob } from '../../../src/modules/agent-state/reconciliation/reconcile-agents.job.js';
import { Answer } from '../../support/origin-replies.js';
import { eventually } from '../../support/eventually.js';
import { startOrigin, type ScriptedOrigin } from '../../support/origin.js';
import { CXONE, type PlatformAgent } from './platforms.js';
import { AgentScene } from './scene.js';

describe('reconciliation with CXone', () => {
  let origin: ScriptedOrigin;
  let scene: AgentScene;
  let entry: ReconcileConfig;
  beforeEach(async () => {
    origin = await startOrigin();
    scene = await AgentScene.open({ store: 'memory', originUrl: origin.url, agents: () => ({ agentTtlMs: 60_000 }) });
    entry = { platform: 'cxone', system: 'crm', tenant: scene.tenant, everyMs: 600_000 };
  });
  afterEach(async () => {
    await scene.stop();
    await origin.stop();
  });

  const runOnce = () => scene.processes[0]?.app.get(ReconcileAgentsJob).run(entry);
  /** A directory that was just opened has no earlier list, so it reads all agents. */
  const runComplete = () => scene.processes[0]?.app.get(ReconcileAgentsJob).run({ ...entry });
  const setAgents = (...agents: PlatformAgent[]): void => origin.answer(CXONE.answers(agents));
  const stateOf = async (id: string) => (await scene.get(`/agents/${id}`)).json;
  const report = (id: string, status: string, agoMs: number) =>
    scene.sendStatus(id, status, { platform: 'cxone', timestamp: Date.now() - agoMs });
  const sinceOf = (at: number) => new URL(origin.calls[at]?.url ?? '', 'http://api').searchParams.get('updatedSince');

  it('a run corrects a state whose event was lost, and counts the drift', async () => {
    const [id, q] = [CXONE.newId(), randomUUID()];
    await scene.join(id, q);
    await report(id, 'InboundContact', 60_000);
    setAgents({ id, state: 'ready', agoMs: 30_000 });
    expect(await runOnce()).toEqual({ agents: 1, drifted: 1, gone: 0 });
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentId: id });
    expect((await scene.get('/metrics')).text).toMatch(/^datadip_agent_drift_total\{platform="cxone"\} 1$/m);
  });

  it('a run counts wrap-up as busy, and overwrites no newer state', async () => {
    const [wrapping, newer] = [CXONE.newId(), CXONE.newId()];
    await report(newer, 'Unavailable', 1000);
    const at = new Date(Date.now() - 5000).toISOString();
    const states = [wrapping, newer].map((id) => ({ agentId: Number(id), agentStateId: 1, startDate: at }));
    origin.answer({ agentStates: states.map((one, index) => ({ ...one, isACW: index === 0 })) });
    expect(await runOnce()).toMatchObject({ agents: 2, drifted: 0 });
    expect(await stateOf(wrapping)).toMatchObject({ status: 'BUSY', platformStatus: 'Available ACW' });
    expect(await stateOf(newer)).toMatchObject({ status: 'BUSY', platformStatus: 'Unavailable' });
  });

  it('the second complete run in a row without an agent marks the agent as gone', async () => {
    const agents = Array.from({ length: 230 }, () => ({ id: CXONE.newId(), state: 'ready' as const, agoMs: 5000 }));
    const [gone, elsewhere] = [CXONE.newId(), CXONE.newId()];
    await report(gone, 'Available', 60_000);
    await scene.sendStatus(elsewhere, 'AVAILABLE');
    await new Promise((resolve) => setTimeout(resolve, 5));
    setAgents(...agents);
    expect(await runOnce()).toEqual({ agents: 230, drifted: 0, gone: 0 });
    expect(origin.count).toBe(3);
    expect(await stateOf(gone)).toMatchObject({ status: 'AVAILABLE' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await runComplete()).toEqual({ agents: 230, drifted: 0, gone: 1 });
    expect(await stateOf(gone)).toMatchObject({ status: 'OFFLINE' });
    expect(await stateOf(elsewhere)).toMatchObject({ status: 'AVAILABLE' });
    expect(await stateOf(agents[229]?.id ?? '')).toMatchObject({ status: 'AVAILABLE' });
  });

  it('a later run reads only changed agents, and keeps the others', async () => {
    const [still, moves] = [CXONE.newId(), CXONE.newId()];
    setAgents({ id: still, state: 'ready', agoMs: 5000 }, { id: moves, state: 'ready', agoMs: 5000 });
    expect(await runOnce()).toMatchObject({ agents: 2 });
    expect(sinceOf(0)).toBeNull();
    const polledBeforeMs = Date.now();
    setAgents({ id: still, state: 'ready', agoMs: 60_000 }, { id: moves, state: 'busy', agoMs: -1000 });
    expect(await runOnce()).toEqual({ agents: 1, drifted: 1, gone: 0 });
    expect(Date.parse(sinceOf(1) ?? '')).toBeLessThanOrEqual(polledBeforeMs);
    expect(await stateOf(still)).toMatchObject({ status: 'AVAILABLE' });
    expect(await stateOf(moves)).toMatchObject({ status: 'BUSY' });
    origin.answer(() => new Answer(204, {}, ''));
    expect(await runOnce()).toEqual({ agents: 0, drifted: 0, gone: 0 });
    expect(await stateOf(still)).toMatchObject({ status: 'AVAILABLE' });
  });

  it.each([
    ['fails', Answer.json({}, 500)],
    ['lists no agents', { agentStates: [] }],
    ['returns another shape', { agents: [] }],
  ])('a run marks no agent as gone when the platform %s', async (_name, answer) => {
    const id = CXONE.newId();
    await report(id, 'Available', 60_000);
    origin.answer(() => answer);
    await runOnce();
    expect(await stateOf(id)).toMatchObject({ status: 'AVAILABLE' });
  });

  it('a run lists all agents again before unchanged agents become stale', async () => {
    await scene.stop();
    scene = await AgentScene.open({ store: 'memory', originUrl: origin.url, agents: () => ({ agentTtlMs: 6000 }) });
    entry = { ...entry, tenant: scene.tenant };
    setAgents({ id: CXONE.newId(), state: 'ready', agoMs: 5000 });
    await runOnce();
    await eventually(async () => {
      await runOnce();
      expect(origin.calls.filter((_, at) => sinceOf(at) === null)).toHaveLength(2);
    });
    expect(sinceOf(1)).not.toBeNull();
  });
});
