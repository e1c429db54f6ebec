import { Hearing } from '../../src/messaging/hearing.js';
import type { Clock } from '../../src/kernel/clock.js';

/** A test says with it how far a region has heard. */
export interface TestHeard {
  /** How long ago the moment was of which everything is heard. `Infinity`: nothing was heard. */
  readonly ageMs?: number;
  /** How long ago records were missed. `undefined` means that none were. */
  readonly missedMsAgo?: number;
  readonly silentRegions?: readonly string[];
}

/** A region alone, for tests that have no other region. */
export function hearingAlone(clock: Clock): Hearing {
  return new Hearing(clock);
}

/** A region among several, before it has heard the others. */
export function hearingOthers(clock: Clock): Hearing {
  const hearing = new Hearing(clock);
  hearing.switchOn();
  return hearing;
}

/**
 * Tells what was heard.
 *
 * @param storeNowMs the clock of the region's store
 */
export function hear(
  hearing: Hearing,
  askedAtMs: number,
  { ageMs = 0, missedMsAgo, silentRegions = [] }: TestHeard = {},
  storeNowMs = Date.now(),
): void {
  const heardMs = ageMs === Infinity ? 0 : storeNowMs - ageMs;
  const floorMs = missedMsAgo === undefined ? 0 : storeNowMs - missedMsAgo;
  hearing.update({ heardMs, floorMs, storeNowMs, askedAtMs, silentRegions });
}
