import { seededRandom } from '../../src/sandbox/seeded-random.js';
import type { Dip } from './dips.ts';
import { MAX_CALLERS, type Plan } from './plan.ts';

/** A call that is due at a moment, whatever happened to earlier calls. */
export interface Arrival {
  /** Since the start of the run. */
  readonly dueMs: number;
  /** 1 to `MAX_CALLERS`: the number of the customer who calls. */
  readonly caller: number;
  readonly dip: Dip;
}

type Load = Pick<Plan, 'callsPerSecond' | 'forMs' | 'onsetMs' | 'repeatShare' | 'ivrShare' | 'seed'>;

/** The rate at the start of an onset, as a share of the whole. */
const FIRST_SHARE = 0.1;

/**
 * The calls of a run, at random times. Both runs of a rehearsal have the same calls: the same plan
 * gives the same arrivals.
 */
export function* arrivals(plan: Load, dips: readonly Dip[]): Generator<Arrival, void, undefined> {
  const random = seededRandom(plan.seed);
  let known = 0;
  for (let dueMs = 0; ;) {
    dueMs += (-Math.log(1 - random()) * 1000) / rateAt(plan, dueMs);
    if (dueMs >= plan.forMs) return;
    const isRepeated = random() < plan.repeatShare && known > 0;
    const caller = isRepeated ? 1 + Math.floor(random() * Math.min(known, MAX_CALLERS)) : (known++ % MAX_CALLERS) + 1;
    yield { dueMs, caller, dip: dipOf(caller, plan, dips) };
  }
}

/** Calls per second at a moment of the run. */
export function rateAt({ callsPerSecond, onsetMs }: Load, atMs: number): number {
  const share = atMs >= onsetMs ? 1 : FIRST_SHARE + ((1 - FIRST_SHARE) * atMs) / onsetMs;
  return callsPerSecond * share;
}

/** A caller always asks the same lookup. If no lookup has the priority, all lookups are asked. */
function dipOf(caller: number, { seed, ivrShare }: Load, dips: readonly Dip[]): Dip {
  const random = seededRandom(seed + caller * 2_654_435_761);
  const wantsIvr = random() < ivrShare;
  const wanted = dips.filter(({ priority }) => (priority === 'ivr') === wantsIvr);
  const from = wanted.length === 0 ? dips : wanted;
  const dip = from[Math.floor(random() * from.length)];
  if (dip === undefined) throw new RangeError('a rehearsal needs a lookup');
  return dip;
}
