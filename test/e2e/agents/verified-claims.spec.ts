import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { startOrigin, type ScriptedOrigin } from '../../support/origin.js';
import { CXONE, GENESYS, type PlatformAgent } from './platforms.js';
import { AgentScene } from './scene.js';

/** The largest allowed value, and longer than a loopback call on a busy machine. */
const PATIENT_MS = 10_000;
/** Far above the wait for the platform, and far below an unlimited wait. */
const IN_TIME_MS = 8000;

describe.each([GENESYS, CXONE])('a claim that is verified at $name', (platform) => {
  let origin: ScriptedOrigin;
  let scene: AgentScene;
  const open = async (verifyWithinMs: number, env: Record<string, string> = {}, verifyOnClaim = true) => {
    scene = await AgentScene.open({
      ...{ store: ['redis', 'redis'], originUrl: origin.url, system: { timeoutMs: 60_000 } },
      agents: (tenant) => ({
        ...{ verifyOnClaim, verifyWithinMs },
        reconcile: [{ platform: platform.name, system: 'crm', tenant, everyMs: 3_600_000 }],
      }),
      env: { DEADLINE_MS: '20000', ...env },
    });
  };
  beforeEach(async () => {
    origin = await startOrigin();
  });
  afterEach(async () => {
    await scene.stop();
    await origin.stop();
  });

  const q = randomUUID();
  /** Adds two agents that Datadip has stored as available, in this order. */
  const twoAgents = async (): Promise<[string, string]> => {
    const [a, b] = [platform.newId(), platform.newId()];
    for (const [id, score] of [
      [a, 1],
      [b, 2],
    ] as const) {
      await scene.join(id, q, score);
      await scene.sendStatus(id, 'AVAILABLE', { platform: platform.name, timestamp: Date.now() - 10_000 });
    }
    return [a, b];
  };
  const setAgents = (...agents: PlatformAgent[]): void => origin.answer(platform.answers(agents));
  const counted = async (outcome: string): Promise<number> => {
    const { text } = await scene.get('/metrics');
    const line = new RegExp(`^datadip_agent_claims_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(text);
    return Number(line?.[1] ?? 0);
  };

  it('keeps a claim after one platform call if the agent is free', async () => {
    await open(PATIENT_MS);
    const [a, b] = await twoAgents();
    setAgents({ id: a, state: 'ready', agoMs: 60_000 }, { id: b, state: 'ready', agoMs: 60_000 });
    expect((await scene.claim(`queueId=${q}&callId=c`)).json).toMatchObject({ agentFound: true, agentId: a });
    expect((await scene.claim(`queueId=${q}&callId=c`, 1)).json).toMatchObject({ agentFound: true, agentId: a });
    expect(origin.count).toBe(1);
    expect(await counted('unverified')).toBe(0);
  });

  it.each([
    ['busy', 'BUSY'],
    ['off', 'OFFLINE'],
  ] as const)('rejects an agent that is %s at the platform, and claims the next', async (state, status) => {
    await open(PATIENT_MS);
    const [a, b] = await twoAgents();
    setAgents({ id: a, state, agoMs: 1000 }, { id: b, state: 'ready', agoMs: 1000 });
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentId: b });
    expect((await scene.get(`/agents/${a}`)).json).toMatchObject({ status, platform: platform.name });
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentFound: false, error: '' });
    expect(await counted('dropped')).toBe(1);
    expect(await counted('claimed')).toBe(1);
    expect(origin.count).toBe(2);
    await scene.sendStatus(a, 'AVAILABLE', { platform: platform.name });
    setAgents({ id: a, state: 'ready', agoMs: 0 });
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentId: a });
  });

  it('keeps the rule and the score of a claim by skill, and claims the next by the same rule', async () => {
    await open(PATIENT_MS);
    const [a, b] = await twoAgents();
    for (const [id, spanish] of [
      [a, 2],
      [b, 5],
    ] as const)
      await scene.send('PUT', `/agents/${id}/skills`, { skills: { spanish } });
    setAgents({ id: a, state: 'ready', agoMs: 1000 }, { id: b, state: 'busy', agoMs: 1000 });
    const claim = `queueId=${q}&callId=c&skills=spanish:1&evaluation=best`;
    const found = { agentFound: true, agentId: a, matchedBy: 'best', score: 2 };
    expect((await scene.claim(claim)).json).toMatchObject(found);
    expect((await scene.claim(claim, 1)).json).toMatchObject(found);
    expect((await scene.claim(`queueId=${q}&skills=spanish:5`)).json).toMatchObject({ agentFound: false, error: '' });
    expect(origin.count).toBe(2);
  });

  it('marks an agent that left the platform as offline, and claims the next', async () => {
    await open(PATIENT_MS);
    const [a, b] = await twoAgents();
    setAgents({ id: b, state: 'ready', agoMs: 1000 });
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentId: b });
    expect((await scene.get(`/agents/${a}`)).json).toMatchObject({ status: 'OFFLINE', platformStatus: 'GONE' });
  });

  it('returns no agent that is busy at the platform, even if a newer stored state stays', async () => {
    await open(PATIENT_MS);
    const [a, b] = await twoAgents();
    setAgents({ id: a, state: 'busy', agoMs: 90_000 }, { id: b, state: 'busy', agoMs: 90_000 });
    expect((await scene.claim(`queueId=${q}&callId=c`)).json).toMatchObject({ agentFound: false, error: '' });
    expect((await scene.claim(`queueId=${q}&callId=c`, 1)).json).toMatchObject({ agentFound: false });
    const kept = { status: 'BUSY', platformStatus: expect.stringMatching(/^available$/i), currentCallId: '' };
    expect((await scene.get(`/agents/${a}`)).json).toMatchObject(kept);
    expect(origin.count).toBe(2);
  });

  it.each<[string, () => unknown]>([
    ['fails', () => origin.fail(500)],
    ['refuses', () => origin.fail(429)],
    ['hangs', () => origin.hang()],
    ['trickles', () => origin.trickle(20)],
    ['breaks off', () => origin.closeHalfway()],
    ['returns another shape', () => origin.answer({ pong: true, agentStates: 7, state: 7 })],
    ['does not listen', () => origin.refuse()],
  ])('keeps the claim when the platform %s, and counts it as unverified', async (_name, misbehave) => {
    await open(150);
    const [a] = await twoAgents();
    await misbehave();
    const startedMs = performance.now();
    expect((await scene.claim(`queueId=${q}&callId=c`)).json).toMatchObject({ agentFound: true, agentId: a });
    expect(performance.now() - startedMs).toBeLessThan(IN_TIME_MS);
    expect(await counted('unverified')).toBe(1);
    expect((await scene.claim(`queueId=${q}&callId=c`, 1)).json).toMatchObject({ agentId: a });
    expect(await counted('unverified')).toBe(1);
  });

  it('answers within the deadline when the platform hangs', async () => {
    await open(PATIENT_MS, { DEADLINE_MS: '400' });
    const [a] = await twoAgents();
    origin.hang();
    const startedMs = performance.now();
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentFound: true, agentId: a });
    expect(performance.now() - startedMs).toBeLessThan(IN_TIME_MS);
  });

  it('makes one claim per call when requests repeat during the verification', async () => {
    await open(PATIENT_MS);
    const [a, b] = await twoAgents();
    setAgents({ id: a, state: 'busy', agoMs: 1000 }, { id: b, state: 'ready', agoMs: 1000 });
    const hold = origin.hold();
    const requests = [0, 1, 0].map((at) => scene.claim(`queueId=${q}&callId=c`, at));
    await hold.arrived(3);
    hold.open();
    const answers = (await Promise.all(requests)).map(({ json }) => json);
    expect(answers.map((json) => json?.agentId)).toEqual([b, b, b]);
    expect(new Set(answers.map((json) => json?.lockToken)).size).toBe(1);
    expect(await scene.post(`/agents/${b}/confirm`, { lockToken: answers[0]?.lockToken })).toMatchObject({
      status: 200,
    });
  });

  it('makes no platform call when verifyOnClaim is off', async () => {
    await open(PATIENT_MS, {}, false);
    const [a] = await twoAgents();
    setAgents({ id: a, state: 'busy', agoMs: 1000 });
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentId: a });
    expect(origin.count).toBe(0);
  });
});
