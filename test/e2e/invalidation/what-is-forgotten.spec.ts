import { afterEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_ANSWER } from '../../support/declaration.js';
import { eventually } from '../../support/eventually.js';
import { get, post } from '../../support/http.js';
import { sharedRedisUrl } from '../../support/redis-store.js';
import { ADA, BOB, BOBS_NAME, NEW_NAME, OLD_NAME } from './crm.js';
import { Scene, WAYS } from './scene.js';

const ALWAYS_STALE = { cache: { ttlMs: 1, staleMs: 600_000 } };

describe.each([
  ['in the process', () => ''],
  ['in Redis', sharedRedisUrl],
])('an acknowledged invalidation, entries %s,', (_where, store) => {
  let scene: Scene;
  const open = async (declared = {}): Promise<void> => {
    scene = await Scene.open({ store: store(), declared });
  };
  afterEach(() => scene.stop());

  it('has dropped every entry of the customer, whatever input it was kept under', async () => {
    await open();
    for (const way of WAYS) expect((await scene.keep(way)).json).toMatchObject({ displayName: OLD_NAME });
    for (const way of WAYS) expect((await scene.ask(way)).json).toMatchObject({ source: 'cache' });
    scene.crm.marryAda();
    const answer = await scene.forget();
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ invalidated: WAYS.length, duplicate: false });
    for (const way of WAYS) {
      expect((await scene.keep(way)).json).toMatchObject({ displayName: NEW_NAME, source: 'origin' });
      expect((await scene.ask(way)).json).toMatchObject({ displayName: NEW_NAME, source: 'cache' });
    }
  });

  it('counts what was there: an entry once, and none of a customer nobody asked for', async () => {
    await open();
    expect((await scene.forget()).json).toEqual({ invalidated: 0, duplicate: false });
    await scene.keep('phone');
    expect((await scene.forget()).json).toEqual({ invalidated: 1, duplicate: false });
    expect((await scene.forget()).json).toEqual({ invalidated: 0, duplicate: false });
    expect((await scene.forget({ customerId: 'c-999999' })).json).toEqual({ invalidated: 0, duplicate: false });
  });

  it('leaves the entries of everybody else', async () => {
    await open();
    await scene.keep();
    await scene.askForBob();
    await scene.settled();
    await scene.mustForget();
    expect((await scene.askForBob()).json).toMatchObject({ displayName: BOBS_NAME, source: 'cache' });
  });

  it('takes an id with spaces around it for the same id', async () => {
    await open();
    await scene.keep();
    expect((await scene.forget({ customerId: ` ${ADA.id} ` })).json).toMatchObject({ invalidated: 1 });
  });

  it('needs no tenant where the caller has but one', async () => {
    await open();
    await scene.keep();
    expect((await scene.forget({ tenantId: undefined })).json).toMatchObject({ invalidated: 1 });
  });

  it('drops the stale copy as well', async () => {
    await open(ALWAYS_STALE);
    await scene.keep();
    await eventually(async () => expect((await scene.ask()).json).toMatchObject({ source: 'stale' }));
    scene.crm.marryAda();
    expect((await scene.forget()).json).toMatchObject({ invalidated: 1 });
    for (let times = 0; times < 5; times += 1)
      expect((await scene.ask()).json).toMatchObject({ displayName: NEW_NAME });
  });

  it('leaves no last-known copy to fall back on when the origin fails', async () => {
    await open(ALWAYS_STALE);
    await scene.keep();
    scene.origin.fail(500);
    await eventually(async () => expect((await scene.ask()).json).toMatchObject({ source: 'stale' }));
    await scene.mustForget();
    for (let times = 0; times < 3; times += 1) {
      const { status, json } = await scene.ask();
      expect(status).toBe(200);
      expect(json).toMatchObject({ ...DEFAULT_ANSWER, source: 'degraded', error: 'origin_error' });
    }
  });

  it('leaves none for callers that ask the platform themselves: 503', async () => {
    await open(ALWAYS_STALE);
    const profile = `${scene.process().url}/api/v1/profile?customerId=${ADA.id}`;
    expect((await get(profile)).json).toMatchObject({ displayName: OLD_NAME });
    await scene.settled();
    scene.origin.fail(500);
    await scene.mustForget();
    const answer = await get(profile);
    expect(answer).toMatchObject({ status: 503, json: DEFAULT_ANSWER });
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
  });

  it('has a customer found who was not there when last asked for by id', async () => {
    await open();
    const askForEve = async () => (await post(`${scene.process().url}/lookup/profile`, { customerId: 'c-66' })).json;
    expect(await askForEve()).toMatchObject({ contactFound: false, source: 'origin' });
    await scene.settled();
    expect(await askForEve()).toMatchObject({ contactFound: false, source: 'cache' });
    scene.crm.add({ ...BOB, id: 'c-66', firstName: 'Eve' });
    expect((await scene.forget({ customerId: 'c-66' })).json).toMatchObject({ invalidated: 1 });
    expect(await askForEve()).toMatchObject({ contactFound: true, displayName: 'Eve Byron' });
  });
});
