import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { explore } from './explore.js';
import { keptUnderTombstone, servedAgain, voidedReachedLater } from './laws.js';
import { ANY_PAUSES_MS, LONG_NEAR, NO_NEAR, scenes, SHORT_NEAR } from './scene.js';
import { holdTimeAndChance, letTimeAndChanceGo } from './time.js';
import type { PortCall } from './wire.js';

beforeEach(holdTimeAndChance);
afterEach(letTimeAndChanceGo);

/** Loads made without the store must be shared with nobody who asks after they began; until they are not, the law below is broken. */
const LONELY_LOADS_ARE_SHARED_BACKWARDS_ONLY = Boolean(0);

const RUNS = 100;
const WISHES = { processes: 2, pausesMs: ANY_PAUSES_MS, critical: true };
/** A reader whose read is refused loads without the store. */
const allButReads = (call: PortCall): boolean => call !== 'read';
const all = (): boolean => true;

describe('with a store that fails now and then, in whatever order things happen', () => {
  it('what was invalidated is never served again while it can be read', async () => {
    const any = scenes({ ...WISHES, policies: [NO_NEAR], mayFail: allButReads });
    const met = await explore(RUNS, any, (seen) => [
      ...servedAgain(seen, 0),
      ...voidedReachedLater(seen),
      ...keptUnderTombstone(seen),
    ]);

    expect(Math.min(met.readsAfterAck, met.voidedLoads, met.shared)).toBeGreaterThan(0);
  });

  const itOnceTheyAre = LONELY_LOADS_ARE_SHARED_BACKWARDS_ONLY ? it : it.skip;
  itOnceTheyAre('what was invalidated is never served again, whether it can be read or not', async () => {
    const policies = [NO_NEAR, SHORT_NEAR, LONG_NEAR];
    const any = scenes({ ...WISHES, policies, mayFail: all, deadlineMs: 2500 });
    const met = await explore(RUNS, any, (seen, { policy }) => servedAgain(seen, policy.nearTtlMs));

    expect(Math.min(met.readsAfterAck, met.voidedLoads, met.shared)).toBeGreaterThan(0);
  });
});
