import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { explore } from './explore.js';
import { loadsAtOnce, servedAgain, voidedReachedLater } from './laws.js';
import { ANY_PAUSES_MS, NO_NEAR, simulations, SHORT_PAUSES_MS } from './simulation.js';
import { fakeTimersAndRandom, restoreTimersAndRandom } from './time.js';

beforeEach(fakeTimersAndRandom);
afterEach(restoreTimersAndRandom);

const RUNS = 200;

describe.each([1, 2])('LookupCache in %i process(es), in any order of events', (processes) => {
  it('serves no invalidated value to a caller that came after the invalidation', async () => {
    const any = simulations({ processes, policies: [NO_NEAR], pausesMs: ANY_PAUSES_MS });
    await explore(RUNS, any, (seen) => [...servedAgain(seen, 0), ...voidedReachedLater(seen)], [
      'readsAfterAck',
      'voidedLoads',
      'shared',
      'stale',
      'fromCache',
    ]);
  });

  it('runs one load of a key at a time, if no lease expires', async () => {
    const short = simulations({ processes, policies: [NO_NEAR], pausesMs: SHORT_PAUSES_MS });
    await explore(RUNS, short, loadsAtOnce, ['shared', 'stale', 'voidedLoads']);
  });
});
