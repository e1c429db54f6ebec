import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { sharedRedisUrl } from '../../support/redis-store.js';
import { BOBS_NAME, NEW_NAME } from './crm.js';
import { Scene, WAYS } from './scene.js';

describe.each([
  ['one process alone', () => ['memory']],
  ['two processes on one Redis', () => [sharedRedisUrl(), sharedRedisUrl()]],
])('after a critical event, %s,', (_where, stores) => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open({ store: stores(), declared: { cache: { nearTtlMs: 60_000 } } });
    for (const way of WAYS) await scene.keep(way);
    scene.crm.marryAda();
    expect((await scene.forget({ critical: true })).json).toEqual({ invalidated: WAYS.length, duplicate: false });
  });
  afterEach(() => scene.stop());

  it('nothing of the customer is kept: every caller is answered by the origin', async () => {
    const before = scene.origin.count;
    for (let times = 0; times < 3; times += 1)
      for (const way of WAYS)
        expect((await scene.ask(way)).json).toMatchObject({ displayName: NEW_NAME, source: 'origin', cacheHit: false });
    expect(scene.origin.count).toBe(before + 3 * WAYS.length);
  });

  it('not even by a later event that is not critical', async () => {
    await scene.mustForget();
    for (let times = 0; times < 2; times += 1) expect((await scene.ask()).json).toMatchObject({ source: 'origin' });
  });

  it('many callers at once are answered, by one call of the origin at a time', async () => {
    scene.origin.answer(async (call: Parameters<typeof scene.crm.answer>[0]) => {
      await sleep(20);
      return scene.crm.answer(call);
    });
    scene.origin.peak = 0;
    const callers = Array.from({ length: 20 }, (_, caller) => scene.ask('phone', caller % scene.processes.length));
    for (const { json } of await Promise.all(callers)) expect(json).toMatchObject({ displayName: NEW_NAME });
    expect(scene.origin.peak).toBe(1);
  });

  it('everybody else is kept as ever', async () => {
    await scene.askForBob();
    await scene.settled();
    expect((await scene.askForBob()).json).toMatchObject({ displayName: BOBS_NAME, source: 'cache' });
  });
});
