import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { explore } from './explore.js';
import { servedAgain, voidedReachedLater } from './laws.js';
import { ANY_PAUSES_MS, LONG_NEAR, simulations, SHORT_NEAR } from './simulation.js';
import { holdTimeAndChance, letTimeAndChanceGo } from './time.js';

beforeEach(holdTimeAndChance);
afterEach(letTimeAndChanceGo);

const RUNS = 200;
const WISHES = { processes: 2, pausesMs: ANY_PAUSES_MS };

describe('a near copy of what was invalidated, in whatever order things happen', () => {
  it('is not served once its drop was heard, nor beyond its time', async () => {
    const any = simulations({ ...WISHES, policies: [SHORT_NEAR, LONG_NEAR] });
    await explore(
      RUNS,
      any,
      (seen, { policy }) => [...servedAgain(seen, policy.nearTtlMs), ...voidedReachedLater(seen)],
      ['readsAfterAck', 'voidedLoads', 'excusedNearCopies'],
    );
  });

  it('is not served once its process knows that it may have missed drops', async () => {
    const any = simulations({ ...WISHES, policies: [LONG_NEAR], cuts: true });
    await explore(RUNS, any, (seen, { policy }) => servedAgain(seen, policy.nearTtlMs), [
      'readsAfterAck',
      'excusedNearCopies',
    ]);
  });

  it('is served no longer than a drop may go unheard, where drops are lost without a sign', async () => {
    const any = simulations({ ...WISHES, policies: [LONG_NEAR], noticesEveryLoss: false });
    await explore(RUNS, any, (seen, { policy }) => servedAgain(seen, policy.nearTtlMs), [
      'readsAfterAck',
      'excusedNearCopies',
    ]);
  });
});
