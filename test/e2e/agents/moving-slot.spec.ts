import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.js';
import type { HttpAnswer } from '../../support/http.js';
import { clientsOf, MovingSlot } from '../../support/moving-slot.js';
import { startRedisCluster, type TestCluster } from '../../support/redis-server.js';
import { AgentScene } from './scene.js';

const AGENTS = 60;
const QUEUES = ['sales', 'support'] as const;
const DEADLINE_MS = 2500;
/** Time that a busy machine may add to an answer. */
const SLACK_MS = 2500;

let cluster: TestCluster;
let scene: AgentScene;
let slot: MovingSlot;
let clients: Redis[];
beforeAll(async () => {
  cluster = await startRedisCluster();
  scene = await AgentScene.open({ store: cluster.urls.join(','), env: { REDIS_TIMEOUT_MS: '200' } });
  clients = clientsOf(cluster);
  slot = new MovingSlot(clients, `{${scene.tenant}}`);
}, 120_000);
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await scene.stop();
  await cluster.stop();
});

const ids = Array.from({ length: AGENTS }, (_, index) => `agent-${index}`);
const anyId = (): string => ids[Math.floor(Math.random() * AGENTS)] ?? '';

/** Repeats a request until the slot has moved, and keeps the answers. */
async function repeat(isOver: () => boolean, everyMs: number, request: () => Promise<HttpAnswer[]>) {
  const answers: (HttpAnswer & { readonly tookMs: number })[] = [];
  while (!isOver()) {
    const fromMs = performance.now();
    for (const answer of await request()) answers.push({ ...answer, tookMs: performance.now() - fromMs });
    await sleep(everyMs);
  }
  return answers;
}

/** Claims an agent and releases it. Only the claim is returned. */
async function claimAndRelease(): Promise<HttpAnswer[]> {
  const claim = await scene.claim(`queueId=${QUEUES[0]}&callId=call-${Math.random()}`);
  const { agentFound, agentId, lockToken } = claim.json ?? {};
  if (agentFound === true) await scene.post(`/agents/${String(agentId)}/release`, { lockToken, outcome: 'ended' });
  return [claim];
}

const sent = async (status: () => Promise<HttpAnswer>): Promise<HttpAnswer[]> => [await status()];

/** A slot that has moved costs the first commands after it a redirection. */
function accepted(send: () => Promise<HttpAnswer>): Promise<void> {
  return eventually(async () => expect((await send()).status).toBe(202));
}

async function claimAll(queueId: string): Promise<string[]> {
  const claimed: string[] = [];
  for (;;) {
    const { json } = await scene.claim(`queueId=${queueId}`);
    if (json?.agentFound !== true) return claimed.toSorted();
    claimed.push(String(json.agentId));
  }
}

describe('while the slot of a tenant moves', () => {
  it('refuses claims and reports because a key does not exist, changes nothing, and accepts them after the move', async () => {
    const [busy = '', ...free] = ids.slice(0, 4);
    for (const id of [busy, ...free]) await scene.makeAvailable(id, QUEUES[0]);
    await slot.open();
    // The tenant had no claim, so two keys of every claim and one key of every report are missing.
    expect(await slot.keys()).not.toContain(`agents:{${scene.tenant}}:leases`);
    const before = await slot.content();
    const requests = [0, 1].flatMap(() => [
      scene.claim(`queueId=${QUEUES[0]}`),
      scene.sendStatus(busy, 'BUSY', { timestamp: Date.now() }),
    ]);
    for (const [at, answer] of (await Promise.all(requests)).entries()) {
      if (at % 2 === 0) expect(answer.json).toMatchObject({ agentFound: false, error: 'store_unavailable' });
      else expect([answer.status, answer.json?.code]).toEqual([503, 'store_unavailable']);
      expect(answer.elapsedMs).toBeLessThan(DEADLINE_MS + SLACK_MS);
    }
    expect(await slot.content()).toEqual(before);
    await slot.finish();

    await accepted(() => scene.sendStatus(busy, 'BUSY', { timestamp: Date.now() }));
    expect(await claimAll(QUEUES[0])).toEqual(free.toSorted());
  });

  it('loses no agent, and no claim answers that every agent is busy', async () => {
    for (const [index, id] of ids.entries()) {
      await scene.makeAvailable(id, QUEUES[0], index % 3);
      await scene.makeAvailable(id, QUEUES[1]);
    }
    let isOver = false;
    const over = (): boolean => isOver;
    const load = [
      repeat(over, 5, claimAndRelease),
      repeat(over, 5, claimAndRelease),
      repeat(over, 10, () => sent(() => scene.sendStatus(anyId(), 'AVAILABLE', { timestamp: Date.now() }))),
      repeat(over, 20, () => sent(() => scene.join(anyId(), QUEUES[1], Math.floor(Math.random() * 3)))),
    ];
    const moved: number[] = [];
    for (let move = 0; move < 2; move += 1) {
      await slot.open();
      moved.push(await slot.finish(2));
      await sleep(100);
    }
    isOver = true;
    const [claims = [], more = [], events = [], joins = []] = await Promise.all(load);

    for (const count of moved) expect(count).toBeGreaterThan(2 * AGENTS);
    const all = [...claims, ...more, ...events, ...joins];
    expect(Math.max(...all.map(({ tookMs }) => tookMs))).toBeLessThan(DEADLINE_MS + SLACK_MS);
    const answers = new Set(
      [...claims, ...more].map(({ json }) => `${String(json?.agentFound)} ${String(json?.error)}`),
    );
    expect([...answers].filter((answer) => answer !== 'true ' && answer !== 'false store_unavailable')).toEqual([]);
    expect([...events, ...joins].filter(({ status }) => ![200, 202, 503].includes(status))).toEqual([]);

    // Locks whose release was refused expire after ten seconds.
    for (const id of ids) await accepted(() => scene.sendStatus(id, 'AVAILABLE', { timestamp: Date.now() }));
    await sleep(10_100);
    expect(await claimAll(QUEUES[1])).toEqual(ids.toSorted());
    for (const queueId of QUEUES)
      expect((await scene.get(`/queues/${queueId}/agents`)).json).toMatchObject({ total: AGENTS });
    const keys = await slot.keys();
    expect(new Set(keys).size).toBe(keys.length);
  });
});
