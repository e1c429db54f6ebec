import { afterEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_ANSWER } from '../../support/declaration.js';
import { eventually } from '../../support/eventually.js';
import { get, post } from '../../support/http.js';
import { sharedRedisUrl } from '../../support/redis-store.js';
import { ADA, BOB, NAME_OF_BOB, NEW_NAME, OLD_NAME } from './crm.js';
import { Scene, INPUTS } from './scene.js';

const ALWAYS_STALE = { cache: { ttlMs: 1, staleMs: 600_000 } };

describe.each([
  ['in process memory', () => ''],
  ['in Redis', sharedRedisUrl],
])('an invalidation of entries %s', (_where, store) => {
  let scene: Scene;
  const open = async (declared = {}): Promise<void> => {
    scene = await Scene.open({ store: store(), declared });
  };
  afterEach(() => scene.stop());

  it('an invalidation deletes every entry of the customer, under all inputs', async () => {
    await open();
    for (const input of INPUTS) expect((await scene.askAndStore(input)).json).toMatchObject({ displayName: OLD_NAME });
    for (const input of INPUTS) expect((await scene.ask(input)).json).toMatchObject({ source: 'cache' });
    scene.crm.renameAda();
    const answer = await scene.invalidate();
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ invalidated: INPUTS.length, duplicate: false });
    for (const input of INPUTS) {
      expect((await scene.askAndStore(input)).json).toMatchObject({ displayName: NEW_NAME, source: 'origin' });
      expect((await scene.ask(input)).json).toMatchObject({ displayName: NEW_NAME, source: 'cache' });
    }
  });

  it('an invalidation counts each stored entry once, and no entry of an unknown customer', async () => {
    await open();
    expect((await scene.invalidate()).json).toEqual({ invalidated: 0, duplicate: false });
    await scene.askAndStore('phone');
    expect((await scene.invalidate()).json).toEqual({ invalidated: 1, duplicate: false });
    expect((await scene.invalidate()).json).toEqual({ invalidated: 0, duplicate: false });
    expect((await scene.invalidate({ customerId: 'c-999999' })).json).toEqual({ invalidated: 0, duplicate: false });
  });

  it('an invalidation deletes no entry of another customer', async () => {
    await open();
    await scene.askAndStore();
    await scene.askForBob();
    await scene.settled();
    await scene.mustInvalidate();
    expect((await scene.askForBob()).json).toMatchObject({ displayName: NAME_OF_BOB, source: 'cache' });
  });

  it('an invalidation ignores spaces around the customer id', async () => {
    await open();
    await scene.askAndStore();
    expect((await scene.invalidate({ customerId: ` ${ADA.id} ` })).json).toMatchObject({ invalidated: 1 });
  });

  it('an invalidation needs no tenant if the caller has one tenant', async () => {
    await open();
    await scene.askAndStore();
    expect((await scene.invalidate({ tenantId: undefined })).json).toMatchObject({ invalidated: 1 });
  });

  it('an invalidation deletes a stale entry, too', async () => {
    await open(ALWAYS_STALE);
    await scene.askAndStore();
    await eventually(async () => expect((await scene.ask()).json).toMatchObject({ source: 'stale' }));
    scene.crm.renameAda();
    expect((await scene.invalidate()).json).toMatchObject({ invalidated: 1 });
    for (let round = 0; round < 5; round += 1)
      expect((await scene.ask()).json).toMatchObject({ displayName: NEW_NAME });
  });

  it('an invalidation leaves no stale entry for a failing origin', async () => {
    await open(ALWAYS_STALE);
    await scene.askAndStore();
    scene.origin.fail(500);
    await eventually(async () => expect((await scene.ask()).json).toMatchObject({ source: 'stale' }));
    await scene.mustInvalidate();
    for (let round = 0; round < 3; round += 1) {
      const { status, json } = await scene.ask();
      expect(status).toBe(200);
      expect(json).toMatchObject({ ...DEFAULT_ANSWER, source: 'degraded', error: 'origin_error' });
    }
  });

  it('an invalidation leaves no stale entry for the profile route, which returns 503', async () => {
    await open(ALWAYS_STALE);
    const profile = `${scene.process().url}/api/v1/profile?customerId=${ADA.id}`;
    expect((await get(profile)).json).toMatchObject({ displayName: OLD_NAME });
    await scene.settled();
    scene.origin.fail(500);
    await scene.mustInvalidate();
    const answer = await get(profile);
    expect(answer).toMatchObject({ status: 503, json: DEFAULT_ANSWER });
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
  });

  it('an invalidation deletes a stored "not found" of a new customer', async () => {
    await open();
    const askForEve = async () => (await post(`${scene.process().url}/lookup/profile`, { customerId: 'c-66' })).json;
    expect(await askForEve()).toMatchObject({ contactFound: false, source: 'origin' });
    await scene.settled();
    expect(await askForEve()).toMatchObject({ contactFound: false, source: 'cache' });
    scene.crm.add({ ...BOB, id: 'c-66', firstName: 'Eve' });
    expect((await scene.invalidate({ customerId: 'c-66' })).json).toMatchObject({ invalidated: 1 });
    expect(await askForEve()).toMatchObject({ contactFound: true, displayName: 'Eve Byron' });
  });
});
