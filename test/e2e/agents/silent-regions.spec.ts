import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Clock } from '../../../src/kernel/clock.js';
import { Hearing } from '../../../src/messaging/hearing.js';
import { eventually } from '../../support/eventually.js';
import { hear } from '../../support/hearing.js';
import { startOrigin, type ScriptedOrigin } from '../../support/origin.js';
import { GENESYS, type PlatformAgent } from './platforms.js';
import { AgentScene } from './scene.js';

describe.each(['redis', 'memory'])('an agent of a silent region, in %s', (store) => {
  let origin: ScriptedOrigin;
  let scene: AgentScene;
  beforeEach(async () => {
    origin = await startOrigin();
    scene = await AgentScene.open({
      ...{ store, originUrl: origin.url, env: { DEADLINE_MS: '20000' } },
      system: { timeoutMs: 60_000 },
      agents: (tenant) => ({
        ...{ verifyOnClaim: true, verifyWithinMs: 10_000 },
        reconcile: [{ platform: 'genesys', system: 'crm', tenant, everyMs: 3_600_000 }],
      }),
    });
    scene.process().app.get(Hearing).switchOn();
  });
  afterEach(async () => {
    await scene.stop();
    await origin.stop();
  });

  const silent = (...silentRegions: string[]): void => {
    const { app } = scene.process();
    hear(app.get(Hearing), app.get(Clock).nowMs(), { silentRegions });
  };
  /** Stores an available agent that a region reported. */
  const reportedBy = async (region: string, queueId: string, idleMs: number, more = {}): Promise<string> => {
    const id = GENESYS.newId();
    await scene.join(id, queueId);
    const timestamp = Date.now() - idleMs;
    await scene.sendStatus(id, 'AVAILABLE', { platform: 'genesys', region_source: region, timestamp, ...more });
    return id;
  };
  const setAgents = (...agents: PlatformAgent[]): void => origin.answer(GENESYS.answers(agents));

  it('is shown as stale, and counts as heard when its region is heard again', async () => {
    const q = randomUUID();
    const id = await reportedBy('eu', q, 2000);
    origin.fail(500);
    silent('eu');
    expect((await scene.get(`/agents/${id}`)).json).toMatchObject({ stale: true, region: 'eu', status: 'AVAILABLE' });
    expect((await scene.get(`/queues/${q}/agents`)).json).toMatchObject({ agents: [{ agentId: id, stale: true }] });
    silent();
    expect((await scene.get(`/agents/${id}`)).json).toMatchObject({ stale: false });
  });

  it('is read through when a caller asks for it, and the answer of the platform is stored', async () => {
    const id = await reportedBy('eu', randomUUID(), 2000);
    silent('eu');
    setAgents({ id, state: 'busy', agoMs: 100 });
    expect((await scene.get(`/agents/${id}`)).json).toMatchObject({ status: 'BUSY', stale: false, region: scene.name });
    expect((await scene.get(`/agents/${id}`)).json).toMatchObject({ status: 'BUSY' });
    expect(origin.count).toBe(1);
  });

  it('is handed out if the platform confirms that it is free', async () => {
    const q = randomUUID();
    const id = await reportedBy('eu', q, 2000);
    silent('eu');
    setAgents({ id, state: 'ready', agoMs: 60_000 });
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentFound: true, agentId: id });
  });

  it('is not handed out if the platform does not answer: the next agent is', async () => {
    const q = randomUUID();
    await reportedBy('eu', q, 3000);
    await reportedBy('eu', q, 2000);
    const heard = await reportedBy('us', q, 1000);
    origin.fail(500);
    silent('eu');
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentFound: true, agentId: heard });
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentFound: false, error: '' });
  });

  it('is handed out again, without a report, when its region is heard again', async () => {
    const q = randomUUID();
    await reportedBy('eu', q, 3000);
    const second = await reportedBy('eu', q, 2000);
    origin.fail(500);
    silent('eu');
    // The first agent stays locked: the platform did not confirm it. The second one is taken out.
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentFound: false });
    silent();
    await eventually(async () =>
      expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentFound: true, agentId: second }),
    );
  });
});
