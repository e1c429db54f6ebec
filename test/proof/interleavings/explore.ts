import { expect } from '@jest/globals';
import fc, { type Arbitrary } from 'fast-check';
import type { Chronicle } from './chronicle.js';
import { excused, readsOf, voidedLoads } from './laws.js';
import type { Simulation } from './simulation.js';
import { World } from './world.js';

/**
 * Counts the situations that the laws are about. A law proves nothing if no run could have broken
 * it.
 */
interface Tally {
  /** Reads that started after an acknowledgement. */
  readsAfterAck: number;
  voidedLoads: number;
  /** Reads that shared the load of another read. */
  shared: number;
  stale: number;
  fromCache: number;
  excusedNearEntries: number;
  degraded: number;
}

/**
 * A situation that occurs in about 6 of 200 scenes is sometimes missing from a round, but not from
 * ten consecutive rounds.
 */
const MOST_ROUNDS = 10;

/**
 * Plays scenes in random orders and checks each run against the laws. A failure reports its seed,
 * its scene and its order. Until every situation of `mustMeet` has occurred, further rounds are
 * played.
 */
export async function explore(
  numRuns: number,
  scenes: Arbitrary<Simulation>,
  laws: (seen: Chronicle, scene: Simulation) => string[],
  mustMeet: readonly (keyof Tally)[],
): Promise<void> {
  const tally = {
    readsAfterAck: 0,
    voidedLoads: 0,
    shared: 0,
    stale: 0,
    fromCache: 0,
    excusedNearEntries: 0,
    degraded: 0,
  };
  let world: World | undefined;
  const property = fc.asyncProperty(scenes, fc.scheduler(), async (scene, schedule) => {
    const stage = world ?? new World(scene);
    // A world whose run failed is not reused.
    world = undefined;
    const seen = await stage.play(scene, schedule);
    count(tally, seen, scene);
    expect(laws(seen, scene)).toEqual([]);
    world = stage;
  });
  // No shrinking: a smaller scene means another run under the same order, and the search costs
  // minutes.
  let missed: (keyof Tally)[];
  let rounds = 0;
  do {
    await fc.assert(property, { numRuns, endOnFailure: true });
    missed = mustMeet.filter((situation) => tally[situation] === 0);
    rounds += 1;
  } while (missed.length > 0 && rounds < MOST_ROUNDS);
  expect(missed).toEqual([]);
}

function count(tally: Tally, seen: Chronicle, { policy }: Simulation): void {
  const firstAck = seen.acks[0]?.acked.position ?? Infinity;
  tally.readsAfterAck += seen.reads.filter(({ started }) => started.position > firstAck).length;
  tally.voidedLoads += voidedLoads(seen).length;
  for (const load of seen.loads) {
    const atOrigin = readsOf(seen, load).filter(({ source }) => source === 'origin');
    tally.shared += Math.max(0, atOrigin.length - 1);
  }
  tally.stale += seen.reads.filter(({ source }) => source === 'stale').length;
  tally.fromCache += seen.reads.filter(({ source }) => source === 'cache').length;
  tally.degraded += seen.reads.filter(({ source }) => source === 'degraded').length;
  tally.excusedNearEntries += excused(seen, policy.nearTtlMs);
}
