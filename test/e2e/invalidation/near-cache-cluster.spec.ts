import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { NearCache } from '../../../src/cache/internal/near-cache.js';
import { EventBus } from '../../../src/messaging/event-bus.js';
import { eventually } from '../../support/eventually.js';
import { createCluster } from '../../support/redis-cluster.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { NEW_NAME, OLD_NAME } from './crm.js';
import { Scene, INPUTS } from './scene.js';

/** Needs Redis 7, which has a command to break the links between nodes. */
const CLUSTER = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--enable-debug-command', 'yes'];
/** The bound of the contract, section 4. */
const DELETED_WITHIN_MS = 2000;

/**
 * A cluster forwards messages between its nodes without confirmation: a broken link loses messages.
 */
describe('a near-cache entry of a process that listens to another node of the cluster', () => {
  let nodes: TestRedis[];
  let clients: Redis[];
  let scene: Scene;
  beforeAll(async () => {
    nodes = await Promise.all([1, 2, 3].map(() => startRedis({ args: CLUSTER })));
    await createCluster(nodes.map(({ port }) => port));
    clients = nodes.map(({ url }) => new Redis(url));
  });
  afterAll(async () => {
    await scene.stop();
    for (const client of clients) client.disconnect();
    await Promise.all(nodes.map((node) => node.stop()));
  });

  /**
   * Breaks the links to the first node, where the processes listen. Redis restores them in about
   * 100 ms.
   */
  const breakLinks = async (): Promise<void> => {
    const [first, ...others] = clients;
    const id = String(await first?.cluster('MYID'));
    await Promise.all(others.map((node) => node.call('DEBUG', 'CLUSTERLINK', 'KILL', 'all', id)));
  };

  it('a near-cache entry is deleted within the bound if the message is lost between nodes', async () => {
    const url = nodes.map((node) => node.url).join(',');
    scene = await Scene.open({ store: [url, url], declared: { cache: { nearTtlMs: 60_000 } } });
    await eventually(() => expect(scene.process(1).app.get(EventBus).isHeard()).toBe(true));
    for (const input of INPUTS)
      expect((await scene.askAndStore(input, 1)).json).toMatchObject({ displayName: OLD_NAME });
    expect(scene.process(1).app.get(NearCache).size).toBe(INPUTS.length);
    scene.crm.renameAda();
    await breakLinks();
    await scene.mustInvalidate({}, 0);
    await sleep(DELETED_WITHIN_MS);
    for (const input of INPUTS) expect((await scene.ask(input, 1)).json).toMatchObject({ displayName: NEW_NAME });
  });
});
