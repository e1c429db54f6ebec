/**
 * Shortens a lifetime by up to a tenth, so that entries kept together do not expire together. Only ever shorter: a declared TTL is
 * the longest a value may live. Whole milliseconds, because Redis refuses fractions.
 *
 * @param random in [0, 1)
 */
export function jitteredLifeMs(lifeMs: number, random: number): number {
  return Math.max(1, Math.round(lifeMs * (1 - random / 10)));
}

/**
 * How long a key whose load failed is left alone: 250 ms, doubling with each failure in a row, at most 1 s, less up to a fifth.
 * Short, because a caller who rings again a second later should find a recovered origin; long enough that a queue of callers is not
 * turned into a queue of failing calls.
 *
 * @param failuresBefore failures in a row before this one
 */
export function failureBackoffMs(failuresBefore: number, random: number): number {
  const fullMs = Math.min(1000, 250 * 2 ** Math.min(failuresBefore, 2));
  return Math.round(fullMs * (1 - random / 5));
}

/**
 * Exponential back-off with full jitter: anything up to `firstMs`, doubling with each attempt before, up to `mostMs`. The whole span is
 * random, so that those who failed together do not come back together.
 *
 * @param attemptsBefore attempts in a row before this one
 */
export function fullJitterMs(firstMs: number, mostMs: number, attemptsBefore: number, random: number): number {
  return Math.round(random * Math.min(mostMs, firstMs * 2 ** Math.min(attemptsBefore, 20)));
}
