/** A round counts as faster if it takes at most this share of the fastest round before it. */
const FASTER = 0.9;
/** Chance makes a single round slow. Two such rounds in a row end the repetition. */
const ROUNDS_WITHOUT_GAIN = 2;

export interface Repetition {
  readonly maxRounds: number;
  /** No round begins later than this after the first one. */
  readonly maxMs: number;
  /** A clock. It bounds the repetition. */
  readonly nowMs: () => number;
  /** The time that counts as the time of a round, such as the processor time of the process. */
  readonly spentMs: () => number;
}

/**
 * Repeats a round until a further round does not help: two rounds in a row are not faster than the
 * fastest one before them.
 *
 * @returns the number of rounds
 */
export async function repeatWhileFaster(
  round: () => Promise<void>,
  { maxRounds, maxMs, nowMs, spentMs }: Repetition,
): Promise<number> {
  const untilMs = nowMs() + maxMs;
  let fastestMs = Infinity;
  let withoutGain = 0;
  let rounds = 0;
  while (rounds < maxRounds && nowMs() < untilMs && withoutGain < ROUNDS_WITHOUT_GAIN) {
    const beforeMs = spentMs();
    await round();
    const tookMs = spentMs() - beforeMs;
    rounds++;
    withoutGain = tookMs <= fastestMs * FASTER ? 0 : withoutGain + 1;
    fastestMs = Math.min(fastestMs, tookMs);
  }
  return rounds;
}

/** The processor time of the process so far. Other processes of the machine do not change it. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
