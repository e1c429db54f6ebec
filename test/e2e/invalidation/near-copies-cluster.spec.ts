import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { NearCache } from '../../../src/cache/internal/near-cache.js';
import { EventBus } from '../../../src/messaging/event-bus.js';
import { eventually } from '../../support/eventually.js';
import { joinCluster } from '../../support/redis-cluster.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { NEW_NAME, OLD_NAME } from './crm.js';
import { Scene, WAYS } from './scene.js';

/** Needs Redis 7, where links can be broken by command. */
const CLUSTER = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--enable-debug-command', 'yes'];
/** Contract, section 4. */
const GONE_WITHIN_MS = 2000;

/** Between its nodes a cluster passes messages on without asking whether they arrive: what is sent while a link is down is lost. */
describe('a near copy of a process that hears another node of the cluster', () => {
  let nodes: TestRedis[];
  let clients: Redis[];
  let scene: Scene;
  beforeAll(async () => {
    nodes = await Promise.all([1, 2, 3].map(() => startRedis({ args: CLUSTER })));
    await joinCluster(nodes.map(({ port }) => port));
    clients = nodes.map(({ url }) => new Redis(url));
  });
  afterAll(async () => {
    await scene.stop();
    for (const client of clients) client.disconnect();
    await Promise.all(nodes.map((node) => node.stop()));
  });

  /** Breaks the links to the first node, which the processes listen to. They are mended within some 100 ms. */
  const breakLinks = async (): Promise<void> => {
    const [heard, ...others] = clients;
    const id = String(await heard?.cluster('MYID'));
    await Promise.all(others.map((node) => node.call('DEBUG', 'CLUSTERLINK', 'KILL', 'all', id)));
  };

  it('is gone within the bound when the message was lost between nodes', async () => {
    const url = nodes.map((node) => node.url).join(',');
    scene = await Scene.open({ store: [url, url], declared: { cache: { nearTtlMs: 60_000 } } });
    await eventually(() => expect(scene.process(1).app.get(EventBus).isHeard()).toBe(true));
    for (const way of WAYS) expect((await scene.keep(way, 1)).json).toMatchObject({ displayName: OLD_NAME });
    expect(scene.process(1).app.get(NearCache).size).toBe(WAYS.length);
    scene.crm.marryAda();
    await breakLinks();
    await scene.mustForget({}, 0);
    await sleep(GONE_WITHIN_MS);
    for (const way of WAYS) expect((await scene.ask(way, 1)).json).toMatchObject({ displayName: NEW_NAME });
  });
});
