import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { eventually } from '../../support/eventually.js';
import { startOrigin, type ScriptedOrigin } from '../../support/origin.js';
import { sharedRedisUrl } from '../../support/redis-store.js';
import { CXONE, GENESYS, type PlatformAgent } from './platforms.js';
import { AgentScene } from './scene.js';

/** The shortest TTL that the configuration allows. */
const TTL_MS = 1000;
/** Between the deadline and the timeout of the platform, far from both. */
const IN_TIME_MS = 15_000;

describe.each([
  [GENESYS, 'in Redis', () => [sharedRedisUrl(), sharedRedisUrl()]],
  [CXONE, 'in process', () => ['memory']],
] as const)('an agent without a recent report, of $name', (platform, _where, stores) => {
  let origin: ScriptedOrigin;
  let scene: AgentScene;
  beforeEach(async () => {
    origin = await startOrigin();
    scene = await AgentScene.open({
      ...{ store: stores(), originUrl: origin.url, env: { DEADLINE_MS: '2500' } },
      system: { timeoutMs: 60_000, limits: { maxPerSecond: 5, queueMs: 2000 } },
      agents: (tenant) => ({
        agentTtlMs: TTL_MS,
        reconcile: [{ platform: platform.name, system: 'crm', tenant, everyMs: 3_600_000 }],
      }),
    });
  });
  afterEach(async () => {
    await scene.stop();
    await origin.stop();
  });

  const report = (id: string, timestamp = Date.now()) =>
    scene.sendStatus(id, 'AVAILABLE', { platform: platform.name, timestamp });
  const stateOf = async (id: string, at = 0) => (await scene.get(`/agents/${id}`, at)).json;
  /**
   * Reports an agent as available, and waits until the agent is stale. A queue page makes no
   * platform call.
   */
  const staleAgent = async (timestampMs?: number): Promise<string> => {
    const [id, q] = [platform.newId(), randomUUID()];
    await scene.join(id, q);
    await report(id, timestampMs);
    await eventually(async () => {
      const { json } = await scene.get(`/queues/${q}/agents`);
      expect(json?.agents).toMatchObject([{ status: 'AVAILABLE', stale: true }]);
    });
    expect(origin.count).toBe(0);
    return id;
  };
  const setAgents = (...agents: PlatformAgent[]): void => origin.answer(platform.answers(agents));
  /** Repeats an attempt that took longer than the TTL of a report, because it has shown nothing. */
  const quickly = async (attempt: (began: () => void) => Promise<void>): Promise<void> => {
    for (let beganMs = Infinity; ; origin.calls.length = 0) {
      try {
        await attempt(() => (beganMs = performance.now()));
        return;
      } catch (error) {
        if (performance.now() - beganMs < TTL_MS) throw error;
      }
    }
  };

  it('a stale agent gets the platform’s state, which is stored', () =>
    quickly(async (began) => {
      const id = await staleAgent();
      setAgents({ id, state: 'busy', agoMs: 100 });
      began();
      expect(await stateOf(id)).toMatchObject({ status: 'BUSY', stale: false, platform: platform.name });
      expect(await stateOf(id, scene.processes.length - 1)).toMatchObject({ status: 'BUSY', stale: false });
      expect(origin.count).toBe(1);
    }));

  it('a stale agent gets the platform’s state, even if its time is older than the stored one', async () => {
    const id = await staleAgent();
    setAgents({ id, state: 'busy', agoMs: 90_000 });
    expect(await stateOf(id)).toMatchObject({ status: 'BUSY', stale: false });
  });

  it('a read waits for a slot of the platform’s budget', async () => {
    const [a, b] = [await staleAgent(), await staleAgent()];
    setAgents({ id: a, state: 'busy', agoMs: 100 }, { id: b, state: 'busy', agoMs: 100 });
    const states = await Promise.all([stateOf(a), stateOf(b)]);
    expect(states).toMatchObject([{ status: 'BUSY' }, { status: 'BUSY' }]);
    expect(states).toMatchObject([{ stale: false }, { stale: false }]);
  });

  it('an unchanged agent is no longer stale after the read', async () => {
    const id = await staleAgent();
    setAgents({ id, state: 'ready', agoMs: 90_000 });
    expect(await stateOf(id)).toMatchObject({ status: 'AVAILABLE', stale: false });
  });

  it('an agent that left the platform is offline', async () => {
    const id = await staleAgent();
    setAgents();
    expect(await stateOf(id)).toMatchObject({ status: 'OFFLINE', platformStatus: 'GONE', stale: false });
  });

  it('concurrent reads of one agent make one platform call', async () => {
    const id = await staleAgent();
    setAgents({ id, state: 'busy', agoMs: 100 });
    const hold = origin.hold();
    const requests = Array.from({ length: 10 }, () => stateOf(id));
    await hold.arrived(1);
    hold.open();
    for (const json of await Promise.all(requests)) expect(json).toMatchObject({ status: 'BUSY', stale: false });
    expect(origin.count).toBe(1);
  });

  it.each<[string, () => unknown]>([
    ['fails', () => origin.fail(500)],
    ['hangs', () => origin.hang()],
    ['breaks off', () => origin.closeHalfway()],
    ['returns another shape', () => origin.answer({ pong: true, agentStates: 7 })],
    ['does not listen', () => origin.refuse()],
  ])('the stored state is returned as stale within the deadline when the platform %s', async (_name, misbehave) => {
    const id = await staleAgent();
    await misbehave();
    const startedMs = performance.now();
    expect(await stateOf(id)).toMatchObject({ agentFound: true, status: 'AVAILABLE', stale: true });
    expect(performance.now() - startedMs).toBeLessThan(IN_TIME_MS);
  });

  it('a platform that cannot know the agent is not called', async () => {
    const [id, q] = [platform.newId(), randomUUID()];
    await scene.join(id, q);
    await scene.sendStatus(id, 'AVAILABLE', { platform: platform.name === 'genesys' ? 'cxone' : 'genesys' });
    await eventually(async () => {
      expect((await scene.get(`/queues/${q}/agents`)).json?.agents).toMatchObject([{ stale: true }]);
    });
    expect(await stateOf(id)).toMatchObject({ stale: true });
    expect(origin.count).toBe(0);
  });

  it('only a stale agent causes a platform call', () =>
    quickly(async (began) => {
      const id = platform.newId();
      began();
      await report(id);
      expect(await stateOf(id)).toMatchObject({ stale: false });
      expect(await stateOf(platform.newId())).toMatchObject({ agentFound: false });
      expect(origin.count).toBe(0);
    }));
});
