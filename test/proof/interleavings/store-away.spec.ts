import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { explore } from './explore.js';
import { keptUnderTombstone, servedAgain, servedMuchLater, voidedReachedLater } from './laws.js';
import { ANY_PAUSES_MS, LONG_NEAR, NO_NEAR, simulations, SHORT_NEAR } from './simulation.js';
import { holdTimeAndChance, letTimeAndChanceGo } from './time.js';
import type { PortCall } from './wire.js';

beforeEach(holdTimeAndChance);
afterEach(letTimeAndChanceGo);

const RUNS = 100;
const WISHES = { processes: 2, pausesMs: ANY_PAUSES_MS, critical: true };
/** A reader whose read is refused loads without the store. */
const allButReads = (call: PortCall): boolean => call !== 'read';
const all = (): boolean => true;

describe('with a store that fails now and then, in whatever order things happen', () => {
  it('what was invalidated is never served again while it can be read', async () => {
    const any = simulations({ ...WISHES, policies: [NO_NEAR], mayFail: allButReads });
    await explore(
      RUNS,
      any,
      (seen) => [...servedAgain(seen, 0), ...voidedReachedLater(seen), ...keptUnderTombstone(seen)],
      ['readsAfterAck', 'voidedLoads', 'shared'],
    );
  });

  it('what was invalidated is never served again, whether it can be read or not', async () => {
    const any = simulations({ ...WISHES, policies: [NO_NEAR], mayFail: all, deadlineMs: 2500 });
    await explore(RUNS, any, (seen) => servedAgain(seen, 0), ['readsAfterAck', 'voidedLoads']);
  });

  it('what was invalidated is served for no more than two seconds where near copies are declared', async () => {
    const any = simulations({ ...WISHES, policies: [SHORT_NEAR, LONG_NEAR], mayFail: all, deadlineMs: 2500 });
    await explore(RUNS, any, (seen) => servedMuchLater(seen, 2000), ['readsAfterAck', 'voidedLoads']);
  });
});
