import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { HttpAnswer } from '../../support/http.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { AgentScene } from './scene.js';

const TOKEN = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';

let server: TestRedis;
let scene: AgentScene;
beforeEach(async () => {
  server = await startRedis();
  scene = await AgentScene.open({ store: server.url, env: { REDIS_TIMEOUT_MS: '200' } });
  await scene.makeAvailable('a1', 'q');
});
afterEach(async () => {
  await scene.stop();
  await server.stop();
});

/** The rows of "What happens" in `docs/operations/redis-outage.md`. */
it('every request about agents and queues but a claim returns 503 without Redis', async () => {
  await server.kill();
  const requests: [string, () => Promise<HttpAnswer>][] = [
    ['state', () => scene.get('/agents/a1')],
    ['confirm', () => scene.post('/agents/a1/confirm', { lockToken: TOKEN })],
    ['release', () => scene.post('/agents/a1/release', { lockToken: TOKEN, outcome: 'ended' })],
    ['skills', () => scene.send('PUT', '/agents/a1/skills', { skills: { spanish: 4 } })],
    ['join', () => scene.join('a1', 'q')],
    ['leave', () => scene.send('DELETE', '/queues/q/agents/a1')],
    ['members', () => scene.get('/queues/q/agents')],
    ['availability', () => scene.get('/queues/q/availability?skills=spanish')],
    ['event', () => scene.sendStatus('a1', 'BUSY')],
  ];
  for (const [name, request] of requests) {
    const { status, headers, json } = await request();
    expect({ name, status, retryAfter: headers['retry-after'], code: json?.code }).toEqual({
      ...{ name, status: 503, retryAfter: '2', code: 'store_unavailable' },
    });
  }
  for (const query of ['queueId=q', 'queueId=q&skills=spanish']) {
    const { status, json } = await scene.claim(query);
    expect({ status, ...json }).toMatchObject({ status: 200, agentFound: false, error: 'store_unavailable' });
  }
});

it('a process reads the state of an agent and the members of a queue while Redis is full, and nothing else', async () => {
  const client = new Redis(server.url);
  await client.config('SET', 'maxmemory', '1');
  client.disconnect();
  expect((await scene.get('/agents/a1')).json).toMatchObject({ agentId: 'a1', status: 'AVAILABLE' });
  expect((await scene.get('/queues/q/agents')).json).toMatchObject({ total: 1 });
  const refused = [
    await scene.get('/queues/q/availability'),
    await scene.send('PUT', '/agents/a1/skills', { skills: { spanish: 4 } }),
    await scene.join('a2', 'q'),
    await scene.sendStatus('a1', 'BUSY'),
  ];
  expect(refused.map(({ status, json }) => [status, json?.code])).toEqual([
    [503, 'store_unavailable'],
    [503, 'store_full'],
    [503, 'store_full'],
    [503, 'store_unavailable'],
  ]);
  expect((await scene.claim('queueId=q')).json).toMatchObject({ agentFound: false, error: 'store_unavailable' });
});
