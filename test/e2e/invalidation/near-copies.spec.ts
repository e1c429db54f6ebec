import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { NearCache } from '../../../src/cache/internal/near-cache.js';
import { EventBus } from '../../../src/messaging/event-bus.js';
import { eventually } from '../../support/eventually.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { startProxy, type ChaosProxy } from '../../support/tcp-proxy.js';
import { NEW_NAME, OLD_NAME } from './crm.js';
import { Scene } from './scene.js';

/** Much longer than any test waits: what is gone was not merely old. */
const NEAR = { cache: { nearTtlMs: 60_000 } };
/** Contract, section 4: so long may a near copy outlive its invalidation, whatever is lost. */
const GONE_WITHIN_MS = 2000;

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

/** Process 0 reaches Redis directly, process 1 through the proxy. Both hear of drops. */
async function open(env: Record<string, string> = {}): Promise<ChaosProxy> {
  const way = await startProxy(server.port);
  proxy = way;
  scene = await Scene.open({ store: [server.url, way.url()], declared: NEAR, env });
  await eventually(() => {
    for (const { app } of scene.processes) expect(app.get(EventBus).isHeard()).toBe(true);
  });
  return way;
}

/** Copies are made while drops are heard, which a busy process may miss for a moment. */
async function copyEverywhere(): Promise<void> {
  await eventually(async () => {
    for (const at of [0, 1]) expect((await scene.keep('phone', at)).json).toMatchObject({ displayName: OLD_NAME });
    for (const at of [0, 1]) expect(scene.process(at).app.get(NearCache).size).toBe(1);
  });
}

describe('a near copy', () => {
  it('is gone at once in the process that was told', async () => {
    await open();
    await copyEverywhere();
    scene.crm.marryAda();
    await scene.mustForget({}, 0);
    expect((await scene.ask('phone', 0)).json).toMatchObject({ displayName: NEW_NAME });
  });

  it('is gone in the other process as soon as it hears of it', async () => {
    await open();
    await copyEverywhere();
    scene.crm.marryAda();
    await scene.mustForget({}, 0);
    const gone = async (): Promise<void> =>
      expect((await scene.ask('phone', 1)).json).toMatchObject({ displayName: NEW_NAME });
    await eventually(gone, { withinMs: GONE_WITHIN_MS });
    await gone();
  });

  it('is gone within the bound where the line is silent and the message does not come', async () => {
    const line = await open();
    await copyEverywhere();
    scene.crm.marryAda();
    await line.hang();
    expect((await scene.ask('phone', 1)).json).toMatchObject({ source: 'cache' });
    await scene.mustForget({}, 0);
    await sleep(GONE_WITHIN_MS);
    expect((await scene.ask('phone', 1)).json).toMatchObject({ displayName: NEW_NAME });
  });

  it('is gone where the line broke and the message was lost for good', async () => {
    const line = await open();
    await copyEverywhere();
    scene.crm.marryAda();
    await line.refuse();
    await scene.mustForget({}, 0);
    await line.pass();
    await eventually(() => expect(scene.process(1).app.get(EventBus).isHeard()).toBe(true));
    expect((await scene.ask('phone', 1)).json).toMatchObject({ displayName: NEW_NAME });
  });

  /** Its replies come too late, and its messages in time. What it loads meanwhile stands in no index. */
  it('is gone within the bound where it was made while the store was too slow for the process', async () => {
    const line = await open({ REDIS_TIMEOUT_MS: '30' });
    await line.delay(60);
    expect((await scene.ask('phone', 1)).json).toMatchObject({ displayName: OLD_NAME });
    scene.crm.marryAda();
    await eventually(() => scene.mustForget({}, 0));
    await sleep(GONE_WITHIN_MS);
    expect((await scene.ask('phone', 1)).json).toMatchObject({ displayName: NEW_NAME });
  });
});
