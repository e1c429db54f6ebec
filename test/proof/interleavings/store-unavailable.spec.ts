import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { explore } from './explore.js';
import { storedUnderTombstone, servedAgain, servedMuchLater, voidedReachedLater } from './laws.js';
import { ANY_PAUSES_MS, LONG_NEAR, NO_NEAR, simulations, SHORT_NEAR } from './simulation.js';
import { fakeTimersAndRandom, restoreTimersAndRandom } from './time.js';
import type { PortCall } from './wire.js';

beforeEach(fakeTimersAndRandom);
afterEach(restoreTimersAndRandom);

const RUNS = 100;
const OPTIONS = { processes: 2, pausesMs: ANY_PAUSES_MS, critical: true };
/** A reader whose read is refused loads without the store. */
const allButReads = (call: PortCall): boolean => call !== 'read';
const all = (): boolean => true;

describe('LookupCache with a store that fails at times, in any order of events', () => {
  it('serves no invalidated value if only reads of the store succeed', async () => {
    const any = simulations({ ...OPTIONS, policies: [NO_NEAR], mayFail: allButReads });
    await explore(
      RUNS,
      any,
      (seen) => [...servedAgain(seen, 0), ...voidedReachedLater(seen), ...storedUnderTombstone(seen)],
      ['readsAfterAck', 'voidedLoads', 'shared'],
    );
  });

  it('serves no invalidated value if reads of the store fail, too', async () => {
    const any = simulations({ ...OPTIONS, policies: [NO_NEAR], mayFail: all, deadlineMs: 2500 });
    await explore(RUNS, any, (seen) => servedAgain(seen, 0), ['readsAfterAck', 'voidedLoads']);
  });

  it('serves an invalidated value for at most two seconds if near-cache entries are enabled', async () => {
    const any = simulations({ ...OPTIONS, policies: [SHORT_NEAR, LONG_NEAR], mayFail: all, deadlineMs: 2500 });
    await explore(RUNS, any, (seen) => servedMuchLater(seen, 2000), ['readsAfterAck', 'voidedLoads']);
  });
});
