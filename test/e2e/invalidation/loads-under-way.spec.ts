import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { StampedeGuard } from '../../../src/cache/stampede-guard.js';
import { eventually } from '../../support/eventually.js';
import { post, type HttpAnswer } from '../../support/http.js';
import type { Hold } from '../../support/origin.js';
import { BOB, NEW_NAME, OLD_NAME } from './crm.js';
import { Scene } from './scene.js';

/** Which process loads, which is told, and which is asked afterwards. */
const PLACES = [
  { loads: 0, told: 0, asked: 0 },
  { loads: 0, told: 0, asked: 1 },
  { loads: 0, told: 1, asked: 0 },
  { loads: 0, told: 1, asked: 1 },
];

let scene: Scene;
let held: Hold | undefined;
const open = async (cache: Record<string, unknown> = {}): Promise<void> => {
  scene = await Scene.open({ store: ['redis', 'redis'], declared: { cache } });
};
afterEach(async () => {
  held?.open();
  await scene.stop();
});

interface UnderWay {
  readonly before: Promise<HttpAnswer>;
}

/** The origin has read the old record, and its answer is on its way until the hold is opened. Then the record changes. */
async function oldAnswerUnderWay(ask: () => Promise<HttpAnswer>, change: () => void): Promise<UnderWay> {
  held = scene.origin.hold();
  const before = ask();
  await held.arrived(1);
  change();
  scene.origin.answer(scene.crm.answer);
  return { before };
}

/** Somebody asks, and is known to wait for a load that is under way. */
async function waiting(at: number, ask: () => Promise<HttpAnswer>): Promise<UnderWay> {
  const joins = jest.spyOn(scene.process(at).app.get(StampedeGuard), 'waitForLoad');
  const before = ask();
  await eventually(() => expect(joins).toHaveBeenCalled());
  joins.mockRestore();
  return { before };
}

describe.each(PLACES)('a load in process $loads, invalidated in $told, then asked for in $asked:', (places) => {
  const { loads, told, asked } = places;
  const marry = (): void => scene.crm.marryAda();
  beforeEach(() => open());

  it('of an entry never seen, its value is for who waited before, and for nobody after', async () => {
    const { before } = await oldAnswerUnderWay(() => scene.ask('phone', loads), marry);
    const { before: alsoBefore } = await waiting(loads, () => scene.ask('phone', loads));
    expect((await scene.forget({}, told)).json).toEqual({ invalidated: 0, duplicate: false });
    const { before: after } = await waiting(asked, () => scene.ask('phone', asked));
    held?.open();
    expect((await before).json).toMatchObject({ displayName: OLD_NAME, source: 'origin' });
    expect((await alsoBefore).status).toBe(200);
    expect((await after).json).toMatchObject({ displayName: NEW_NAME });
    await scene.settled();
    expect((await scene.ask('phone', asked)).json).toMatchObject({ displayName: NEW_NAME, source: 'cache' });
    expect(scene.origin.count).toBe(2);
  });

  it('of an entry known before, who comes after does not even wait for it', async () => {
    await scene.keep('phone', loads);
    await scene.mustForget({}, told);
    const { before } = await oldAnswerUnderWay(() => scene.ask('phone', loads), marry);
    await scene.mustForget({}, told);
    expect((await scene.ask('phone', asked)).json).toMatchObject({ displayName: NEW_NAME, source: 'origin' });
    held?.open();
    expect((await before).json).toMatchObject({ displayName: OLD_NAME, source: 'origin' });
    await scene.settled();
    expect((await scene.ask('phone', asked)).json).toMatchObject({ displayName: NEW_NAME, source: 'cache' });
  });

  it('under an input never seen, of a customer cached under another, its value is not kept either', async () => {
    await scene.keep('email', loads);
    const { before } = await oldAnswerUnderWay(() => scene.ask('phone', loads), marry);
    expect((await scene.forget({}, told)).json).toEqual({ invalidated: 1, duplicate: false });
    expect((await scene.ask('email', asked)).json).toMatchObject({ displayName: NEW_NAME });
    const { before: after } = await waiting(asked, () => scene.ask('phone', asked));
    held?.open();
    expect((await before).json).toMatchObject({ displayName: OLD_NAME });
    expect((await after).json).toMatchObject({ displayName: NEW_NAME });
  });
});

describe.each(PLACES)('a refresh in process $loads, invalidated in $told, then asked for in $asked:', (places) => {
  const { loads, told, asked } = places;
  beforeEach(() => open({ ttlMs: 1, staleMs: 600_000 }));

  it('brings back neither the stale value nor its own', async () => {
    await scene.keep('phone', loads);
    await oldAnswerUnderWay(
      async () => {
        const answer = await eventually(async () => {
          const stale = await scene.ask('phone', loads);
          expect(stale.json).toMatchObject({ source: 'stale' });
          return stale;
        });
        return answer;
      },
      () => scene.crm.marryAda(),
    );
    expect((await scene.forget({}, told)).json).toEqual({ invalidated: 1, duplicate: false });
    expect((await scene.ask('phone', asked)).json).toMatchObject({ displayName: NEW_NAME });
    held?.open();
    await scene.settled();
    for (const at of [asked, loads])
      expect((await scene.ask('phone', at)).json).toMatchObject({ displayName: NEW_NAME });
  });
});

describe.each(PLACES)('"not found" in process $loads, invalidated in $told, then asked for in $asked:', (places) => {
  const { loads, told, asked } = places;
  const eve = { ...BOB, id: 'c-66', firstName: 'Eve' };
  const askForEve = (at: number) => () => post(`${scene.process(at).url}/lookup/profile`, { customerId: eve.id });

  it.each([
    ['remembered', {}],
    ['not remembered', { notFoundTtlMs: 0 }],
  ])('is not for who asks after the customer was made known, %s or not', async (_which, cache) => {
    await open(cache);
    const { before } = await oldAnswerUnderWay(askForEve(loads), () => scene.crm.add(eve));
    await scene.mustForget({ customerId: eve.id }, told);
    const { before: after } = await waiting(asked, askForEve(asked));
    held?.open();
    expect((await before).json).toMatchObject({ contactFound: false, source: 'origin' });
    expect((await after).json).toMatchObject({ contactFound: true, displayName: 'Eve Byron' });
  });
});
