import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { eventually } from '../../support/eventually.js';
import { startRedis, startRedisCluster, startReplica, type TestRedis } from '../../support/redis-server.js';
import { AgentScene } from '../agents/scene.js';
import { NEW_NAME } from '../invalidation/crm.js';
import { Scene } from '../invalidation/scene.js';

const ENV = { REDIS_WAIT_REPLICAS: '1', REDIS_TIMEOUT_MS: '300' };
const QUICK_SYNC = { args: ['--repl-diskless-sync-delay', '0'] };

let closing: { stop(): Promise<unknown> }[];
let server: TestRedis;
let replica: TestRedis;
beforeEach(async () => {
  [server, replica] = await Promise.all([startRedis(QUICK_SYNC), startRedis()]);
  closing = [server, replica];
  await asClient(replica, async (client) => {
    await client.replicaof('127.0.0.1', server.port);
    await eventually(async () => expect(await client.info('replication')).toContain('master_link_status:up'));
  });
});
afterEach(async () => {
  for (const each of closing.toReversed()) await each.stop();
});

async function asClient<T>({ url }: TestRedis, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  return use(client).finally(() => client.disconnect());
}

describe('REDIS_WAIT_REPLICAS', () => {
  it('lets an invalidation succeed only if a replica has it, and a repetition too', async () => {
    const scene = await Scene.open({ store: server.url, env: ENV });
    closing.push(scene);
    await scene.askAndStore();
    scene.crm.renameAda();
    const eventId = randomUUID();
    await replica.pause();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { status, json } = await scene.invalidate({ eventId });
      expect({ status, json }).toMatchObject({ status: 503, json: { code: 'store_unavailable' } });
    }
    // Reads do not wait for replicas.
    expect((await scene.askAndStore()).json).toMatchObject({ displayName: NEW_NAME });
    expect((await scene.ask()).json).toMatchObject({ source: 'cache' });
    replica.resume();
    await eventually(async () => expect(await scene.invalidate({ eventId })).toMatchObject({ status: 200 }));
  });

  it('gives an agent to a call only if a replica has the claim, and keeps the agent free otherwise', async () => {
    const scene = await AgentScene.open({ store: server.url, env: ENV });
    closing.push(scene);
    await scene.makeAvailable('a1', 'q');
    await replica.pause();
    const refused = (await scene.claim('queueId=q')).json;
    expect(refused).toMatchObject({ agentFound: false, error: 'store_unavailable' });
    replica.resume();
    await eventually(async () =>
      expect((await scene.claim('queueId=q')).json).toMatchObject({ agentFound: true, agentId: 'a1' }),
    );
  });

  it('waits on the node that has the key, in a cluster', async () => {
    const cluster = await startRedisCluster();
    closing.push(cluster);
    const store = cluster.urls.join(',');
    const scene = await AgentScene.open({ store, env: ENV });
    closing.push(scene);
    await scene.makeAvailable('a1', 'q');
    expect((await scene.claim('queueId=q')).json).toMatchObject({ error: 'store_unavailable' });
    const slots = await Promise.all(cluster.nodes.map((node) => asClient(node, (client) => client.keys('agents:*'))));
    const owner = cluster.nodes.find((_, at) => (slots[at]?.length ?? 0) > 0) ?? server;
    closing.push(await startReplica(owner));
    await eventually(async () => expect((await scene.claim('queueId=q')).json).toMatchObject({ agentId: 'a1' }));
  }, 90_000);
});
