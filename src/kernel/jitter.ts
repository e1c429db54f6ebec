/**
 * Shortens a lifetime by up to a tenth, so that entries stored together do not expire together.
 * Never longer, because a declared TTL is an upper bound. Whole milliseconds, because Redis refuses
 * fractions.
 *
 * @param random in [0, 1)
 */
export function jitteredLifeMs(lifeMs: number, random: number): number {
  return Math.max(1, Math.round(lifeMs * (1 - random / 10)));
}

/**
 * How long no caller loads a key after a failed load: 250 ms, doubled per failure in a row, at most
 * 1 s, minus up to a fifth. Short, so that a caller who calls again a second later reaches a
 * recovered origin. Long enough that a queue of callers does not become a queue of failing calls.
 *
 * @param failuresBefore failures in a row before this failure
 */
export function failureBackoffMs(failuresBefore: number, random: number): number {
  const fullMs = Math.min(1000, 250 * 2 ** Math.min(failuresBefore, 2));
  return Math.round(fullMs * (1 - random / 5));
}

/**
 * Exponential backoff with full jitter: a random time from 0 to `firstMs`. The upper end doubles
 * per attempt, up to `mostMs`. The whole span is random, so that processes that failed together do
 * not retry together.
 *
 * @param attemptsBefore attempts in a row before this attempt
 */
export function fullJitterMs(firstMs: number, mostMs: number, attemptsBefore: number, random: number): number {
  return Math.round(random * Math.min(mostMs, firstMs * 2 ** Math.min(attemptsBefore, 20)));
}
