import { afterEach, beforeEach, describe, it } from '@jest/globals';
import fc, { type Arbitrary } from 'fast-check';
import { TOMBSTONE_MS } from '../../../src/cache/internal/customer-index.js';
import { explore } from './explore.js';
import { keptUnderTombstone, loadsAtOnce, servedAgain, voidedReachedLater } from './laws.js';
import {
  KEYS,
  NO_NEAR,
  simulations,
  SHORT_PAUSES_MS,
  type Command,
  type Round,
  type Simulation,
} from './simulation.js';
import { holdTimeAndChance, letTimeAndChanceGo } from './time.js';

beforeEach(holdTimeAndChance);
afterEach(letTimeAndChanceGo);

const RUNS = 200;
const DIP: Command = { kind: 'dip', afterTurns: 1, process: 0, key: KEYS[0] };
const CRITICAL: Command = { kind: 'forget', afterTurns: 5, process: 0, critical: true };

/** A critical event in the middle of things, reads at some time under its tombstone, and two when it is over. */
function tombstones(): Arbitrary<Simulation> {
  const busy = simulations({ processes: 2, policies: [NO_NEAR], pausesMs: SHORT_PAUSES_MS, critical: true });
  return fc.tuple(busy, fc.nat({ max: TOMBSTONE_MS })).map(([scene, thenMs]) => {
    const under: Round = { commands: [DIP, DIP, DIP], thenMs: TOMBSTONE_MS };
    const [first, ...further] = scene.rounds;
    const event: Round = { commands: [...(first?.commands ?? []), CRITICAL], thenMs };
    const over: Round = { commands: [DIP], thenMs: 0 };
    return { ...scene, loadsFail: [], rounds: [...further, event, under, over, over] };
  });
}

describe('under a tombstone, in whatever order things happen', () => {
  it('nothing is kept for 30 s and then again, and loads go one at a time', async () => {
    await explore(
      RUNS,
      tombstones(),
      (seen) => [
        ...keptUnderTombstone(seen),
        ...servedAgain(seen, 0),
        ...voidedReachedLater(seen),
        ...loadsAtOnce(seen),
        ...(seen.reads.at(-1)?.source === 'cache' ? [] : ['nothing was kept when it was over']),
      ],
      ['readsAfterAck', 'voidedLoads', 'shared'],
    );
  });
});
