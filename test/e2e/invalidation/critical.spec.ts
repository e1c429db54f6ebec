import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { sharedRedisUrl } from '../../support/redis-store.js';
import { NAME_OF_BOB, NEW_NAME } from './crm.js';
import { Scene, INPUTS } from './scene.js';

describe.each([
  ['in one process', () => ['memory']],
  ['in two processes on one Redis', () => [sharedRedisUrl(), sharedRedisUrl()]],
])('a critical event %s', (_where, stores) => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open({ store: stores(), declared: { cache: { nearTtlMs: 60_000 } } });
    for (const input of INPUTS) await scene.askAndStore(input);
    scene.crm.renameAda();
    expect((await scene.invalidate({ critical: true })).json).toEqual({ invalidated: INPUTS.length, duplicate: false });
  });
  afterEach(() => scene.stop());

  it('after a critical event, the origin answers every caller', async () => {
    const before = scene.origin.count;
    for (let round = 0; round < 3; round += 1)
      for (const input of INPUTS)
        expect((await scene.ask(input)).json).toMatchObject({
          displayName: NEW_NAME,
          source: 'origin',
          cacheHit: false,
        });
    expect(scene.origin.count).toBe(before + 3 * INPUTS.length);
  });

  it('after a critical event and a normal event, the origin answers every caller', async () => {
    await scene.mustInvalidate();
    for (let round = 0; round < 2; round += 1) expect((await scene.ask()).json).toMatchObject({ source: 'origin' });
  });

  it('after a critical event, one call of the origin at a time answers many callers', async () => {
    scene.origin.answer(async (call: Parameters<typeof scene.crm.answer>[0]) => {
      await sleep(20);
      return scene.crm.answer(call);
    });
    scene.origin.peak = 0;
    const callers = Array.from({ length: 20 }, (_, caller) => scene.ask('phone', caller % scene.processes.length));
    for (const { json } of await Promise.all(callers)) expect(json).toMatchObject({ displayName: NEW_NAME });
    expect(scene.origin.peak).toBe(1);
  });

  it('after a critical event, entries of other customers are stored', async () => {
    await scene.askForBob();
    await scene.settled();
    expect((await scene.askForBob()).json).toMatchObject({ displayName: NAME_OF_BOB, source: 'cache' });
  });
});
