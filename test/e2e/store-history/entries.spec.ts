import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { Redis as RedisOfApp } from '../../../src/platform/redis/redis.js';
import type { HttpAnswer } from '../../support/http.js';
import { eventually } from '../../support/eventually.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { startProxy, type ChaosProxy } from '../../support/tcp-proxy.js';
import { NEW_NAME, OLD_NAME } from '../invalidation/crm.js';
import { Scene } from '../invalidation/scene.js';

const BACK_WITHIN = { withinMs: 30_000 };
/** Processes with the same secret share their entries. */
const ENV = { KEY_SECRET: 'the same secret of all the processes' };

let server: TestRedis;
let scene: Scene;
let others: { stop(): Promise<unknown> }[];
beforeEach(() => {
  others = [];
});
afterEach(async () => {
  await scene.stop();
  await server.stop();
  for (const other of others) await other.stop();
});

async function asClient<T>({ url }: { readonly url: string }, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  return use(client).finally(() => client.disconnect());
}

/** Asks until the answer comes from the store, so that the process uses Redis again. */
async function untilHit(at = 0): Promise<HttpAnswer[]> {
  const answers: HttpAnswer[] = [];
  await eventually(async () => {
    const answer = await scene.ask('phone', at);
    answers.push(answer);
    expect(answer.json).toMatchObject({ source: 'cache' });
  }, BACK_WITHIN);
  return answers;
}

const namesOf = (answers: readonly HttpAnswer[]): unknown[] => answers.map(({ json }) => json?.displayName);

describe.each([
  ['without near copies', 0],
  ['with near copies', 60_000],
])('an entry %s that was invalidated after the snapshot', (_near, nearTtlMs) => {
  beforeEach(async () => {
    server = await startRedis();
    scene = await Scene.open({ store: [server.url, server.url], declared: { cache: { nearTtlMs } }, env: ENV });
    await scene.askAndStore();
    await server.snapshot();
    scene.crm.renameAda();
    await scene.mustInvalidate({}, 1);
  });

  it('is not served after Redis was killed and restarted from the snapshot', async () => {
    await server.restartFromSnapshot();
    for (const at of [0, 1]) expect(new Set(namesOf(await untilHit(at)))).toEqual(new Set([NEW_NAME]));
    expect(scene.logs.filter(({ msg }) => String(msg).startsWith('Redis has lost data'))).not.toEqual([]);
  });

  it('is not served by a process that starts after the restart', async () => {
    await server.restartFromSnapshot();
    await untilHit(0);
    const late = await Scene.open({ store: server.url, declared: { cache: { nearTtlMs } }, env: ENV });
    others.push(late);
    late.crm.renameAda();
    expect((await late.ask()).json).toMatchObject({ displayName: NEW_NAME });
  });
});

describe('an invalidated entry in a Redis that all processes left together', () => {
  it('is not served when all processes restart together with Redis', async () => {
    server = await startRedis();
    scene = await Scene.open({ store: server.url, env: ENV });
    await scene.askAndStore();
    await server.snapshot();
    scene.crm.renameAda();
    await scene.mustInvalidate();
    await server.kill();
    await scene.stop();
    await server.restartFromSnapshot();
    scene = await Scene.open({ store: server.url, env: ENV });
    scene.crm.renameAda();
    expect(new Set(namesOf(await untilHit()))).toEqual(new Set([NEW_NAME]));
  });
});

describe('a Redis that was replaced by another', () => {
  let proxy: ChaosProxy;
  let other: TestRedis;
  beforeEach(async () => {
    [server, other] = await Promise.all([startRedis(), startRedis()]);
    proxy = await startProxy(server.port);
    others.push(proxy, other);
    scene = await Scene.open({ store: proxy.url() });
    await scene.askAndStore();
  });

  it('is not believed if the other holds older data', async () => {
    await asClient(other, async (client) => {
      await client.replicaof('127.0.0.1', server.port);
      await eventually(async () => expect(await client.info('replication')).toContain('master_link_status:up'));
      await eventually(async () => expect(await client.dbsize()).toBeGreaterThan(0));
      await client.replicaof('NO', 'ONE');
    });
    scene.crm.renameAda();
    await scene.mustInvalidate();
    proxy.retarget(other.port);
    proxy.cut();
    expect(new Set(namesOf(await untilHit()))).toEqual(new Set([NEW_NAME]));
  });

  it('serves new entries if the other is empty', async () => {
    scene.crm.renameAda();
    await scene.mustInvalidate();
    proxy.retarget(other.port);
    proxy.cut();
    expect(new Set(namesOf(await untilHit()))).toEqual(new Set([NEW_NAME]));
  });
});

describe('a Redis that comes back with everything', () => {
  beforeEach(async () => {
    server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    scene = await Scene.open({ store: [server.url, server.url], env: { REDIS_TIMEOUT_MS: '300' } });
    await scene.askAndStore();
  });

  it('is believed after a pause', async () => {
    await server.pause();
    expect((await scene.ask()).json).toMatchObject({ source: 'origin', displayName: OLD_NAME });
    server.resume();
    const before = scene.origin.calls.length;
    await eventually(
      async () => expect((await scene.ask('phone', 1)).json).toMatchObject({ source: 'cache' }),
      BACK_WITHIN,
    );
    expect(scene.origin.calls.length).toBe(before);
  });

  it('is believed after a restart with its append-only file, by all processes', async () => {
    await server.restart();
    // Until both processes have confirmed, an entry may be loaded again. Ada's is not asked for.
    for (const { app } of scene.processes)
      await eventually(
        () => expect(app.get(RedisOfApp).connection?.history).toMatchObject({ floorMs: 0, isSettled: true }),
        BACK_WITHIN,
      );
    const before = scene.origin.calls.length;
    for (const at of [0, 1]) expect((await scene.ask('phone', at)).json).toMatchObject({ source: 'cache' });
    expect(scene.origin.calls.length).toBe(before);
  });
});
