import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { NearCache } from '../../../src/cache/internal/near-cache.js';
import { EventBus } from '../../../src/messaging/event-bus.js';
import { eventually } from '../../support/eventually.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { startProxy, type ChaosProxy } from '../../support/tcp-proxy.js';
import { NEW_NAME, OLD_NAME } from './crm.js';
import { Scene } from './scene.js';

/** Much longer than any test waits, so that no entry is deleted because of its age. */
const NEAR = { cache: { nearTtlMs: 60_000 } };
/**
 * The contract, section 4: the longest time for which a near-cache entry outlives its invalidation.
 */
const DELETED_WITHIN_MS = 2000;

let server: TestRedis;
let scene: Scene;
let proxy: ChaosProxy | undefined;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
afterEach(async () => {
  await proxy?.pass();
  await scene.stop();
  await proxy?.stop();
  proxy = undefined;
});

/** Process 0 reaches Redis directly, process 1 through the proxy. Both receive deletions. */
async function open(env: Record<string, string> = {}): Promise<ChaosProxy> {
  const line = await startProxy(server.port);
  proxy = line;
  scene = await Scene.open({ store: [server.url, line.url()], declared: NEAR, env });
  await eventually(() => {
    for (const { app } of scene.processes) expect(app.get(EventBus).isHeard()).toBe(true);
  });
  return line;
}

/**
 * A process stores near-cache entries only while it receives messages. A busy process may miss
 * some.
 */
async function fillNearCaches(): Promise<void> {
  await eventually(async () => {
    for (const at of [0, 1])
      expect((await scene.askAndStore('phone', at)).json).toMatchObject({ displayName: OLD_NAME });
    for (const at of [0, 1]) expect(scene.process(at).app.get(NearCache).size).toBe(1);
  });
}

describe('a near-cache entry', () => {
  it('a near-cache entry is deleted at once in the process that received the event', async () => {
    await open();
    await fillNearCaches();
    scene.crm.renameAda();
    await scene.mustInvalidate({}, 0);
    expect((await scene.ask('phone', 0)).json).toMatchObject({ displayName: NEW_NAME });
  });

  it('a near-cache entry is deleted in another process when the message arrives', async () => {
    await open();
    await fillNearCaches();
    scene.crm.renameAda();
    await scene.mustInvalidate({}, 0);
    const expectNewName = async (): Promise<void> =>
      expect((await scene.ask('phone', 1)).json).toMatchObject({ displayName: NEW_NAME });
    await eventually(expectNewName, { withinMs: DELETED_WITHIN_MS });
    await expectNewName();
  });

  it('a near-cache entry is deleted within the bound if the connection is silent and no message arrives', async () => {
    const line = await open();
    await fillNearCaches();
    scene.crm.renameAda();
    await line.hang();
    expect((await scene.ask('phone', 1)).json).toMatchObject({ source: 'cache' });
    await scene.mustInvalidate({}, 0);
    await sleep(DELETED_WITHIN_MS);
    expect((await scene.ask('phone', 1)).json).toMatchObject({ displayName: NEW_NAME });
  });

  it('a near-cache entry is deleted if the connection breaks and the message is lost', async () => {
    const line = await open();
    await fillNearCaches();
    scene.crm.renameAda();
    await line.refuse();
    await scene.mustInvalidate({}, 0);
    await line.pass();
    await eventually(() => expect(scene.process(1).app.get(EventBus).isHeard()).toBe(true));
    expect((await scene.ask('phone', 1)).json).toMatchObject({ displayName: NEW_NAME });
  });

  /** Replies of Redis come too late, and messages come in time. The loaded value is in no index. */
  it('a near-cache entry is deleted within the bound if it was stored while Redis was too slow', async () => {
    const line = await open({ REDIS_TIMEOUT_MS: '30' });
    await line.delay(60);
    expect((await scene.ask('phone', 1)).json).toMatchObject({ displayName: OLD_NAME });
    scene.crm.renameAda();
    await eventually(() => scene.mustInvalidate({}, 0));
    await sleep(DELETED_WITHIN_MS);
    expect((await scene.ask('phone', 1)).json).toMatchObject({ displayName: NEW_NAME });
  });
});
