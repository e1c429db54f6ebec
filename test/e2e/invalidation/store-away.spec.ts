import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { eventually } from '../../support/eventually.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { startProxy, type ChaosProxy } from '../../support/tcp-proxy.js';
import { NEW_NAME, OLD_NAME } from './crm.js';
import { Scene } from './scene.js';

const BACK_WITHIN = { withinMs: 30_000 };
const IMPATIENT = { REDIS_TIMEOUT_MS: '500' };

describe.each([
  ['refuses', (line: ChaosProxy) => line.refuse()],
  ['hangs', (line: ChaosProxy) => line.hang()],
])('while the store %s', (_how, breakIt) => {
  let scene: Scene;
  let line: ChaosProxy;
  let server: TestRedis;
  beforeEach(async () => {
    server = await startRedis();
    line = await startProxy(server.port);
    scene = await Scene.open({ store: line.url(), env: IMPATIENT });
  });
  afterEach(async () => {
    await line.pass();
    await scene.stop();
    await line.stop();
    await server.stop();
  });

  it('an invalidation is refused and claims nothing, and is no duplicate when it comes again', async () => {
    const event = { eventId: randomUUID() };
    expect((await scene.keep()).json).toMatchObject({ displayName: OLD_NAME });
    scene.crm.marryAda();
    await breakIt(line);
    for (let times = 0; times < 7; times += 1) {
      const { status, headers, json } = await scene.forget(event);
      expect(status).toBe(503);
      expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
      expect(headers['content-type']).toContain('application/problem+json');
      expect(json).toMatchObject({ code: 'store_unavailable' });
    }
    expect(scene.audits).toEqual([]);
    expect(await scene.counted('webhook', 'unavailable')).toBe(7);
    await line.pass();
    const done = await eventually(async () => {
      const answer = await scene.forget(event);
      expect(answer.status).toBe(200);
      return answer;
    }, BACK_WITHIN);
    expect(done.json).toEqual({ invalidated: 1, duplicate: false });
    expect((await scene.ask()).json).toMatchObject({ displayName: NEW_NAME });
    expect((await scene.forget(event)).json).toEqual({ invalidated: 1, duplicate: true });
    expect(scene.audits).toHaveLength(1);
  });
});

describe('a process whose store stands still', () => {
  let scene: Scene;
  let server: TestRedis;
  beforeEach(async () => {
    server = await startRedis();
    scene = await Scene.open({ store: [server.url, server.url], env: IMPATIENT });
  });
  afterEach(async () => {
    await scene.stop();
    await server.stop();
  });

  it('keeps nothing it loaded before, once the store goes on and an invalidation was acknowledged', async () => {
    const held = scene.origin.hold();
    const before = scene.ask('phone', 0);
    await held.arrived(1);
    scene.crm.marryAda();
    scene.origin.answer(scene.crm.answer);
    await server.pause();
    held.open();
    expect((await before).json).toMatchObject({ displayName: OLD_NAME });
    expect((await scene.forget({}, 1)).status).toBe(503);
    server.resume();
    await eventually(async () => expect((await scene.forget({}, 1)).status).toBe(200), BACK_WITHIN);
    for (const at of [0, 1]) expect((await scene.ask('phone', at)).json).toMatchObject({ displayName: NEW_NAME });
  });

  it('works as ever when the store comes back with nothing in it', async () => {
    const event = { eventId: randomUUID() };
    await scene.keep();
    scene.crm.marryAda();
    await server.kill();
    expect((await scene.forget(event)).status).toBe(503);
    await server.restart();
    const done = await eventually(async () => {
      const answer = await scene.forget(event);
      expect(answer.status).toBe(200);
      return answer;
    }, BACK_WITHIN);
    expect(done.json).toEqual({ invalidated: 0, duplicate: false });
    expect((await scene.ask()).json).toMatchObject({ displayName: NEW_NAME });
  });
});
