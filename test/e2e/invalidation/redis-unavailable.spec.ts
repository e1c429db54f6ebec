import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { eventually } from '../../support/eventually.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { startProxy, type ChaosProxy } from '../../support/tcp-proxy.js';
import { ADA, NEW_NAME, OLD_NAME } from './crm.js';
import { Scene } from './scene.js';

const BACK_WITHIN = { withinMs: 30_000 };
const SHORT_TIMEOUT = { REDIS_TIMEOUT_MS: '500' };

describe.each([
  ['refuses connections', (line: ChaosProxy) => line.refuse()],
  ['does not reply', (line: ChaosProxy) => line.hang()],
])('an invalidation while Redis %s', (_failure, breakRedis) => {
  let scene: Scene;
  let line: ChaosProxy;
  let server: TestRedis;
  beforeEach(async () => {
    server = await startRedis();
    line = await startProxy(server.port);
    scene = await Scene.open({ store: line.url(), env: SHORT_TIMEOUT });
  });
  afterEach(async () => {
    await line.pass();
    await scene.stop();
    await line.stop();
    await server.stop();
  });

  it('an invalidation without Redis returns 503, and its repetition is no duplicate', async () => {
    const event = { eventId: randomUUID() };
    expect((await scene.askAndStore()).json).toMatchObject({ displayName: OLD_NAME });
    scene.crm.renameAda();
    await breakRedis(line);
    for (let attempt = 0; attempt < 7; attempt += 1) {
      const { status, headers, json } = await scene.invalidate(event);
      expect(status).toBe(503);
      expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
      expect(headers['content-type']).toContain('application/problem+json');
      expect(json).toMatchObject({ code: 'store_unavailable' });
    }
    const declared = { objectId: ADA.id, eventId: randomUUID() };
    expect(await scene.post('/webhook/crm', declared)).toMatchObject({
      status: 503,
      json: { code: 'store_unavailable' },
    });
    expect(scene.audits).toEqual([]);
    expect(await scene.counted('webhook', 'unavailable')).toBe(7);
    await line.pass();
    const completed = await eventually(async () => {
      const answer = await scene.invalidate(event);
      expect(answer.status).toBe(200);
      return answer;
    }, BACK_WITHIN);
    expect(completed.json).toEqual({ invalidated: 1, duplicate: false });
    expect((await scene.ask()).json).toMatchObject({ displayName: NEW_NAME });
    expect((await scene.invalidate(event)).json).toEqual({ invalidated: 1, duplicate: true });
    expect(scene.audits).toHaveLength(1);
    expect((await scene.post('/webhook/crm', declared)).json).toEqual({ invalidated: 1, duplicate: false });
  });
});

describe('a process whose Redis is paused or restarted', () => {
  let scene: Scene;
  let server: TestRedis;
  beforeEach(async () => {
    server = await startRedis();
    scene = await Scene.open({ store: [server.url, server.url], env: SHORT_TIMEOUT });
  });
  afterEach(async () => {
    await scene.stop();
    await server.stop();
  });

  it('a process stores no value loaded before an invalidation that came while Redis was paused', async () => {
    const hold = scene.origin.hold();
    const before = scene.ask('phone', 0);
    await hold.arrived(1);
    scene.crm.renameAda();
    scene.origin.answer(scene.crm.answer);
    await server.pause();
    hold.open();
    expect((await before).json).toMatchObject({ displayName: OLD_NAME });
    expect((await scene.invalidate({}, 1)).status).toBe(503);
    server.resume();
    await eventually(async () => expect((await scene.invalidate({}, 1)).status).toBe(200), BACK_WITHIN);
    for (const at of [0, 1]) expect((await scene.ask('phone', at)).json).toMatchObject({ displayName: NEW_NAME });
  });

  it('a process invalidates and answers after Redis has restarted without data', async () => {
    const event = { eventId: randomUUID() };
    await scene.askAndStore();
    scene.crm.renameAda();
    await server.kill();
    expect((await scene.invalidate(event)).status).toBe(503);
    await server.restart();
    const completed = await eventually(async () => {
      const answer = await scene.invalidate(event);
      expect(answer.status).toBe(200);
      return answer;
    }, BACK_WITHIN);
    expect(completed.json).toEqual({ invalidated: 0, duplicate: false });
    expect((await scene.ask()).json).toMatchObject({ displayName: NEW_NAME });
  });
});
