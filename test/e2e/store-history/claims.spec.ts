import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { AgentScene } from '../agents/scene.js';

const AGENTS = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'];
const BACK_WITHIN = { withinMs: 40_000 };

let server: TestRedis;
let scene: AgentScene;
beforeEach(async () => {
  server = await startRedis();
  scene = await AgentScene.open({ store: [server.url, server.url] });
  for (const agent of AGENTS) await scene.makeAvailable(agent, 'q');
});
afterEach(async () => {
  await scene.stop();
  await server.stop();
});

async function claim(at = 0, callId = ''): Promise<Record<string, unknown>> {
  const { json } = await scene.claim(`queueId=q${callId === '' ? '' : `&callId=${callId}`}`, at);
  return json ?? {};
}

describe('claims after Redis was killed and restarted from a snapshot', () => {
  it('hand out no agent and no fence twice, and find agents that report again', async () => {
    await server.snapshot();
    const before = await Promise.all([claim(0), claim(1), claim(0, 'call-1')]);
    for (const answer of before) expect(answer).toMatchObject({ agentFound: true });
    const startMs = Date.now();
    await server.restartFromSnapshot();

    const after: Record<string, unknown>[] = [];
    await eventually(async () => {
      // The platform goes on to report, as it does after any outage.
      for (const agent of AGENTS) await scene.sendStatus(agent, 'AVAILABLE', { timestamp: Date.now() });
      const answers = [await claim(0), await claim(1)];
      const found = answers.filter(({ agentFound }) => agentFound === true);
      if (Date.now() - startMs < 9_000) expect(found).toEqual([]);
      after.push(...found);
      expect(found).not.toEqual([]);
    }, BACK_WITHIN);
    const fences = [...before, ...after].map(({ fence }) => Number(fence));
    expect(new Set(fences).size).toBe(fences.length);
    expect(Math.min(...after.map(({ fence }) => Number(fence)))).toBeGreaterThan(
      Math.max(...before.map(({ fence }) => Number(fence))),
    );
  }, 60_000);

  it('say that the store is unavailable as long as locks of before may be held', async () => {
    await server.snapshot();
    await claim();
    await server.restartFromSnapshot();
    await eventually(async () => expect((await scene.get('/agents/a1')).status).toBe(200), BACK_WITHIN);
    for (const at of [0, 1]) expect(await claim(at)).toMatchObject({ agentFound: false, error: 'store_unavailable' });
    expect((await scene.get('/agents/a1')).json).toMatchObject({ stale: true });
  });
});

describe('a Redis that was away and has everything', () => {
  it('lets claims go on at once after a pause', async () => {
    const first = await claim(0, 'call-1');
    await server.pause();
    server.resume();
    await eventually(
      async () => expect(await claim(1, 'call-1')).toMatchObject({ agentId: first.agentId }),
      BACK_WITHIN,
    );
    expect(await claim()).toMatchObject({ agentFound: true });
  });
});
