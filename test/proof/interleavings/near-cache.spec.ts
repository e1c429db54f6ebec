import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { explore } from './explore.js';
import { servedAgain, voidedReachedLater } from './laws.js';
import { ANY_PAUSES_MS, LONG_NEAR, simulations, SHORT_NEAR } from './simulation.js';
import { fakeTimersAndRandom, restoreTimersAndRandom } from './time.js';

beforeEach(fakeTimersAndRandom);
afterEach(restoreTimersAndRandom);

const RUNS = 200;
const OPTIONS = { processes: 2, pausesMs: ANY_PAUSES_MS };

describe('a near-cache entry of an invalidated customer, in any order of events', () => {
  it('a near-cache entry is served neither after its process received the deletion nor after its TTL', async () => {
    const any = simulations({ ...OPTIONS, policies: [SHORT_NEAR, LONG_NEAR] });
    await explore(
      RUNS,
      any,
      (seen, { policy }) => [...servedAgain(seen, policy.nearTtlMs), ...voidedReachedLater(seen)],
      ['readsAfterAck', 'voidedLoads', 'excusedNearEntries'],
    );
  });

  it('a near-cache entry is not served after its process has noticed lost messages', async () => {
    const any = simulations({ ...OPTIONS, policies: [LONG_NEAR], cuts: true });
    await explore(RUNS, any, (seen, { policy }) => servedAgain(seen, policy.nearTtlMs), [
      'readsAfterAck',
      'excusedNearEntries',
    ]);
  });

  it('a near-cache entry is served no longer than `MAX_UNHEARD_MS` if its deletion is lost unnoticed', async () => {
    const any = simulations({ ...OPTIONS, policies: [LONG_NEAR], noticesEveryLoss: false });
    await explore(RUNS, any, (seen, { policy }) => servedAgain(seen, policy.nearTtlMs), [
      'readsAfterAck',
      'excusedNearEntries',
    ]);
  });
});
