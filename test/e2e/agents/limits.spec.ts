import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { AgentScene } from './scene.js';

/** Fills a sorted set with the given number of members. */
const FILL = "for n = 1, ARGV[1] do redis.call('ZADD', KEYS[1], n, 'member-' .. n) end";

let server: TestRedis;
let client: Redis;
let scene: AgentScene;
beforeAll(async () => {
  server = await startRedis({ args: ['--maxmemory-policy', 'noeviction'] });
  client = new Redis(server.url);
  scene = await AgentScene.open({ store: server.url });
});
afterAll(async () => {
  client.disconnect();
  await scene.stop();
  await server.stop();
});

const refusals = () => scene.logs.filter(({ msg }) => msg === 'agent or membership refused');

describe('memberships and agents', () => {
  it('refuses the 201st queue of an agent with 400, and names the limit', async () => {
    for (let index = 0; index < 200; index += 1) expect((await scene.join('many', `q${index}`)).status).toBe(200);
    const refused = await scene.join('many', 'q200');
    expect(refused).toMatchObject({ status: 400, json: { code: 'too_many_members' } });
    expect(refused.json?.title).toBe('too many queues of the agent; allowed: 200');
    expect((await scene.join('many', 'q0', 5)).status).toBe(200);
  });

  it('refuses the 100,001st agent of a queue with 400', async () => {
    await client.eval(FILL, 1, `queue:{${scene.tenant}}:crowded:agents`, 100_000);
    expect(await scene.join('one-more', 'crowded')).toMatchObject({ status: 400, json: { code: 'too_many_members' } });
    await client.del(`queue:{${scene.tenant}}:crowded:agents`);
  });

  it('refuses a membership beyond 200,000 of the tenant with 400, until an agent leaves a queue', async () => {
    const key = `agents:{${scene.tenant}}:memberships`;
    expect((await scene.join('counted', 'q')).status).toBe(200);
    const stored = await client.getset(key, 200_000);
    expect(await scene.join('counted', 'q2')).toMatchObject({
      status: 400,
      json: { title: 'too many queue memberships of the tenant; allowed: 200000' },
    });
    expect((await scene.join('counted', 'q', 7)).status).toBe(200);
    await scene.send('DELETE', '/queues/q/agents/counted');
    expect((await scene.join('counted', 'q2')).status).toBe(200);
    await client.set(key, stored ?? 0);
  });

  it('refuses the first event of an agent beyond 100,000 with 400, and takes the events of known agents', async () => {
    await scene.sendStatus('known', 'AVAILABLE');
    const key = `agents:{${scene.tenant}}:known`;
    await client.eval(FILL, 1, key, 100_000);
    expect(await scene.sendStatus('new', 'AVAILABLE')).toMatchObject({
      status: 400,
      json: { code: 'too_many_agents', title: 'too many agents; allowed per tenant: 100000' },
    });
    expect(await scene.sendStatus('known', 'BUSY', { timestamp: Date.now() })).toMatchObject({ status: 202 });
    await client.del(key);
  });

  it('stores no new membership or agent in a Redis that is nearly full, says so, and serves the others', async () => {
    await scene.makeAvailable('served', 'open');
    const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
    await client.config('SET', 'maxmemory', Math.floor(used * 1.06));
    const refused = [await scene.join('late', 'open'), await scene.sendStatus('late', 'AVAILABLE')];
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: 503, json: { code: 'store_full' } });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await scene.claim('queueId=open')).json).toMatchObject({ agentId: 'served' });
    expect((await scene.sendStatus('served', 'BUSY', { timestamp: Date.now() })).status).toBe(202);
    await client.config('SET', 'maxmemory', 0);
    expect((await scene.join('late', 'open')).status).toBe(200);
  });

  it('logs one line per limit, not one per request', () => {
    const reasons = refusals().map(({ reason }) => reason);
    expect(new Set(reasons).size).toBe(reasons.length);
    expect(reasons).toHaveLength(5);
    expect(refusals().every(({ tenant }) => tenant === scene.tenant)).toBe(true);
  });
});
