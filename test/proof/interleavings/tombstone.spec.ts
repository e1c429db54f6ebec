import { afterEach, beforeEach, describe, it } from '@jest/globals';
import fc, { type Arbitrary } from 'fast-check';
import { TOMBSTONE_MS } from '../../../src/cache/internal/customer-index.js';
import { explore } from './explore.js';
import { storedUnderTombstone, loadsAtOnce, servedAgain, voidedReachedLater } from './laws.js';
import {
  KEYS,
  NO_NEAR,
  simulations,
  SHORT_PAUSES_MS,
  type Command,
  type Round,
  type Simulation,
} from './simulation.js';
import { fakeTimersAndRandom, restoreTimersAndRandom } from './time.js';

beforeEach(fakeTimersAndRandom);
afterEach(restoreTimersAndRandom);

const RUNS = 200;
const DIP: Command = { kind: 'dip', afterSteps: 1, process: 0, key: KEYS[0] };
const CRITICAL: Command = { kind: 'invalidate', afterSteps: 5, process: 0, critical: true };

/** Rounds with a critical event, with reads under its tombstone, and with reads after its end. */
function tombstones(): Arbitrary<Simulation> {
  const busy = simulations({ processes: 2, policies: [NO_NEAR], pausesMs: SHORT_PAUSES_MS, critical: true });
  return fc.tuple(busy, fc.nat({ max: TOMBSTONE_MS })).map(([scene, thenMs]) => {
    const underTombstone: Round = { commands: [DIP, DIP, DIP], thenMs: TOMBSTONE_MS };
    const [first, ...further] = scene.rounds;
    const event: Round = { commands: [...(first?.commands ?? []), CRITICAL], thenMs };
    const afterwards: Round = { commands: [DIP], thenMs: 0 };
    return { ...scene, loadsFail: [], rounds: [...further, event, underTombstone, afterwards, afterwards] };
  });
}

describe('LookupCache under a tombstone, in any order of events', () => {
  it('stores no value for 30 s, runs one load at a time, and stores values again afterwards', async () => {
    await explore(
      RUNS,
      tombstones(),
      (seen) => [
        ...storedUnderTombstone(seen),
        ...servedAgain(seen, 0),
        ...voidedReachedLater(seen),
        ...loadsAtOnce(seen),
        ...(seen.reads.at(-1)?.source === 'cache' ? [] : ['no value was stored after the tombstone']),
      ],
      ['readsAfterAck', 'voidedLoads', 'shared'],
    );
  });
});
