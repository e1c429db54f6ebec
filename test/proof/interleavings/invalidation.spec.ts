import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { explore } from './explore.js';
import { loadsAtOnce, servedAgain, voidedReachedLater } from './laws.js';
import { ANY_PAUSES_MS, NO_NEAR, simulations, SHORT_PAUSES_MS } from './simulation.js';
import { holdTimeAndChance, letTimeAndChanceGo } from './time.js';

beforeEach(holdTimeAndChance);
afterEach(letTimeAndChanceGo);

const RUNS = 200;

describe.each([1, 2])('in whatever order things happen in %i process(es)', (processes) => {
  it('what was invalidated is never served again, and reaches only those who asked before', async () => {
    const any = simulations({ processes, policies: [NO_NEAR], pausesMs: ANY_PAUSES_MS });
    await explore(RUNS, any, (seen) => [...servedAgain(seen, 0), ...voidedReachedLater(seen)], [
      'readsAfterAck',
      'voidedLoads',
      'shared',
      'stale',
      'fromCache',
    ]);
  });

  it('one load of a key runs at a time, while no lease runs out', async () => {
    const short = simulations({ processes, policies: [NO_NEAR], pausesMs: SHORT_PAUSES_MS });
    await explore(RUNS, short, loadsAtOnce, ['shared', 'stale', 'voidedLoads']);
  });
});
