import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { StampedeGuard } from '../../../src/cache/stampede-guard.js';
import { eventually } from '../../support/eventually.js';
import { post, type HttpAnswer } from '../../support/http.js';
import type { Hold } from '../../support/origin.js';
import { BOB, NEW_NAME, OLD_NAME } from './crm.js';
import { Scene } from './scene.js';

/**
 * The process that loads, the process that receives the event, and the process that reads later.
 */
const PLACES = [
  { loader: 0, receiver: 0, reader: 0 },
  { loader: 0, receiver: 0, reader: 1 },
  { loader: 0, receiver: 1, reader: 0 },
  { loader: 0, receiver: 1, reader: 1 },
];

let scene: Scene;
let hold: Hold | undefined;
const open = async (cache: Record<string, unknown> = {}): Promise<void> => {
  scene = await Scene.open({ store: ['redis', 'redis'], declared: { cache } });
};
afterEach(async () => {
  hold?.open();
  await scene.stop();
});

interface PendingRequest {
  readonly before: Promise<HttpAnswer>;
}

/**
 * The origin reads the old record and delays its answer until the hold opens. Then the record
 * changes.
 */
async function startLoadOfOldRecord(ask: () => Promise<HttpAnswer>, change: () => void): Promise<PendingRequest> {
  hold = scene.origin.hold();
  const before = ask();
  await hold.arrived(1);
  change();
  scene.origin.answer(scene.crm.answer);
  return { before };
}

/** Starts a request, and returns when that request waits for a running load. */
async function startWaiting(at: number, ask: () => Promise<HttpAnswer>): Promise<PendingRequest> {
  const joins = jest.spyOn(scene.process(at).app.get(StampedeGuard), 'waitForLoad');
  const before = ask();
  await eventually(() => expect(joins).toHaveBeenCalled());
  joins.mockRestore();
  return { before };
}

describe.each(PLACES)('a load in process $loader, invalidated in $receiver, then read in $reader', (places) => {
  const { loader, receiver, reader } = places;
  const rename = (): void => scene.crm.renameAda();
  beforeEach(() => open());

  it('the value of an invalidated load of an unknown entry reaches no caller that came after the event', async () => {
    const { before } = await startLoadOfOldRecord(() => scene.ask('phone', loader), rename);
    const { before: alsoBefore } = await startWaiting(loader, () => scene.ask('phone', loader));
    expect((await scene.invalidate({}, receiver)).json).toEqual({ invalidated: 0, duplicate: false });
    const { before: after } = await startWaiting(reader, () => scene.ask('phone', reader));
    hold?.open();
    expect((await before).json).toMatchObject({ displayName: OLD_NAME, source: 'origin' });
    expect((await alsoBefore).status).toBe(200);
    expect((await after).json).toMatchObject({ displayName: NEW_NAME });
    await scene.settled();
    expect((await scene.ask('phone', reader)).json).toMatchObject({ displayName: NEW_NAME, source: 'cache' });
    expect(scene.origin.count).toBe(2);
  });

  it('a caller after the event does not wait for an invalidated load of a known entry', async () => {
    await scene.askAndStore('phone', loader);
    await scene.mustInvalidate({}, receiver);
    const { before } = await startLoadOfOldRecord(() => scene.ask('phone', loader), rename);
    await scene.mustInvalidate({}, receiver);
    expect((await scene.ask('phone', reader)).json).toMatchObject({ displayName: NEW_NAME, source: 'origin' });
    hold?.open();
    expect((await before).json).toMatchObject({ displayName: OLD_NAME, source: 'origin' });
    await scene.settled();
    expect((await scene.ask('phone', reader)).json).toMatchObject({ displayName: NEW_NAME, source: 'cache' });
  });

  it('the value of an invalidated load under a second input of the customer is not stored', async () => {
    await scene.askAndStore('email', loader);
    const { before } = await startLoadOfOldRecord(() => scene.ask('phone', loader), rename);
    expect((await scene.invalidate({}, receiver)).json).toEqual({ invalidated: 1, duplicate: false });
    expect((await scene.ask('email', reader)).json).toMatchObject({ displayName: NEW_NAME });
    const { before: after } = await startWaiting(reader, () => scene.ask('phone', reader));
    hold?.open();
    expect((await before).json).toMatchObject({ displayName: OLD_NAME });
    expect((await after).json).toMatchObject({ displayName: NEW_NAME });
  });
});

describe.each(PLACES)('a refresh in process $loader, invalidated in $receiver, then read in $reader', (places) => {
  const { loader, receiver, reader } = places;
  beforeEach(() => open({ ttlMs: 1, staleMs: 600_000 }));

  it('an invalidated refresh restores neither the stale value nor its new value', async () => {
    await scene.askAndStore('phone', loader);
    await startLoadOfOldRecord(
      async () => {
        const answer = await eventually(async () => {
          const stale = await scene.ask('phone', loader);
          expect(stale.json).toMatchObject({ source: 'stale' });
          return stale;
        });
        return answer;
      },
      () => scene.crm.renameAda(),
    );
    expect((await scene.invalidate({}, receiver)).json).toEqual({ invalidated: 1, duplicate: false });
    expect((await scene.ask('phone', reader)).json).toMatchObject({ displayName: NEW_NAME });
    hold?.open();
    await scene.settled();
    for (const at of [reader, loader])
      expect((await scene.ask('phone', at)).json).toMatchObject({ displayName: NEW_NAME });
  });
});

describe.each(PLACES)('"not found" in process $loader, invalidated in $receiver, then read in $reader', (places) => {
  const { loader, receiver, reader } = places;
  const eve = { ...BOB, id: 'c-66', firstName: 'Eve' };
  const askForEve = (at: number) => () => post(`${scene.process(at).url}/lookup/profile`, { customerId: eve.id });

  it.each([
    ['stored', {}],
    ['not stored', { notFoundTtlMs: 0 }],
  ])('an invalidated "not found" reaches no caller that came after the event: %s', async (_stored, cache) => {
    await open(cache);
    const { before } = await startLoadOfOldRecord(askForEve(loader), () => scene.crm.add(eve));
    await scene.mustInvalidate({ customerId: eve.id }, receiver);
    const { before: after } = await startWaiting(reader, askForEve(reader));
    hold?.open();
    expect((await before).json).toMatchObject({ contactFound: false, source: 'origin' });
    expect((await after).json).toMatchObject({ contactFound: true, displayName: 'Eve Byron' });
  });
});
