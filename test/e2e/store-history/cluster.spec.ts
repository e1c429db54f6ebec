import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.js';
import { clientsOf, MovingSlot } from '../../support/moving-slot.js';
import { startRedisCluster, startReplica, type TestCluster, type TestRedis } from '../../support/redis-server.js';
import { NEW_NAME } from '../invalidation/crm.js';
import { Scene } from '../invalidation/scene.js';

const BACK_WITHIN = { withinMs: 60_000 };

let cluster: TestCluster;
let scene: Scene;
let replica: TestRedis | undefined;
beforeEach(async () => {
  cluster = await startRedisCluster();
  scene = await Scene.open({ store: [cluster.urls.join(','), cluster.urls.join(',')] });
}, 90_000);
afterEach(async () => {
  await scene.stop();
  await replica?.stop();
  replica = undefined;
  await cluster.stop();
});

async function asClient<T>({ url }: TestRedis, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  return use(client).finally(() => client.disconnect());
}

/** The node that has a key that begins with this text. */
async function nodeWith(pattern: string): Promise<TestRedis> {
  for (const node of cluster.nodes)
    if ((await asClient(node, (client) => client.keys(pattern))).length > 0) return node;
  throw new Error(`no node has ${pattern}`);
}

/** Lets a replica fall behind: its master refuses it, as a cut link would. */
async function startLaggingReplica(master: TestRedis): Promise<TestRedis> {
  const started = await startReplica(master);
  replica = started;
  await asClient(master, async (client) => {
    await client.call('ACL', 'SETUSER', 'default', '-psync');
    await client.call('CLIENT', 'KILL', 'TYPE', 'REPLICA');
  });
  await eventually(() =>
    asClient(started, async (client) => expect(await client.info('replication')).toContain('master_link_status:down')),
  );
  return started;
}

async function failOver(master: TestRedis, to: TestRedis): Promise<void> {
  await master.kill();
  await asClient(to, (client) => client.cluster('FAILOVER', 'TAKEOVER'));
  await eventually(async () => {
    const states = await Promise.all(
      [to, ...cluster.nodes.filter((node) => node !== master)].map((node) =>
        asClient(node, (client) => client.call('CLUSTER', 'INFO')),
      ),
    );
    for (const state of states) expect(String(state)).toContain('cluster_state:ok');
  }, BACK_WITHIN);
}

async function untilHit(at: number): Promise<unknown[]> {
  const names: unknown[] = [];
  await eventually(async () => {
    const { json } = await scene.ask('phone', at);
    names.push(json?.displayName);
    expect(json).toMatchObject({ source: 'cache' });
  }, BACK_WITHIN);
  return names;
}

describe('a cluster that failed over to a replica that lagged', () => {
  it('serves no entry that was invalidated while the replica lagged', async () => {
    await scene.askAndStore();
    const master = await nodeWith('cust:customer:*');
    const lagging = await startLaggingReplica(master);
    scene.crm.renameAda();
    await scene.mustInvalidate({}, 1);
    await failOver(master, lagging);
    for (const at of [0, 1]) expect(new Set(await untilHit(at))).toEqual(new Set([NEW_NAME]));
  }, 120_000);

  it('serves no entry of another node whose index the replica lacks', async () => {
    const master = await nodeOfIndex();
    const lagging = await startLaggingReplica(master);
    await scene.askAndStore();
    await failOver(master, lagging);
    scene.crm.renameAda();
    await eventually(() => scene.mustInvalidate({}, 1), BACK_WITHIN);
    for (const at of [0, 1]) expect(new Set(await untilHit(at))).toEqual(new Set([NEW_NAME]));
  }, 120_000);
});

/** The node of Ada's index, which exists after an event about her. */
async function nodeOfIndex(): Promise<TestRedis> {
  await scene.mustInvalidate();
  return nodeWith('cust-index:*');
}

async function moveSlot(key: string): Promise<void> {
  const clients = clientsOf(cluster);
  try {
    const move = new MovingSlot(clients, key);
    await move.open();
    await move.finish();
  } finally {
    for (const client of clients) client.disconnect();
  }
}

describe('a cluster whose slots move', () => {
  it('is believed: entries of a moved slot are served', async () => {
    await scene.askAndStore();
    const source = await nodeWith('cust:customer:*');
    const [key = ''] = await asClient(source, (client) => client.keys('cust:customer:*'));
    await moveSlot(key);
    const before = scene.origin.calls.length;
    await eventually(async () => expect((await scene.ask()).json).toMatchObject({ source: 'cache' }), BACK_WITHIN);
    expect(scene.origin.calls.length).toBe(before);
  }, 90_000);
});
