import { LATENCY_BOUNDS_S } from '../../../platform/metrics/latency-histogram.js';
import { total, type Counts } from '../sampling/counts.js';

/**
 * Estimates a percentile in milliseconds from the counts of a histogram. The targets and alarms are
 * bounds of the histogram, so on which side of them a percentile is, is exact.
 *
 * @param within observations at most as long as each bound, by bound in seconds
 * @returns `undefined` without observations
 */
export function percentileMs(within: Counts, share: number): number | undefined {
  const all = within['+Inf'] ?? 0;
  if (all === 0) return undefined;
  const rank = share * all;
  let [lowerS, below] = [0, 0];
  for (const boundS of LATENCY_BOUNDS_S) {
    const upTo = within[`${boundS}`] ?? 0;
    if (upTo >= rank) return 1000 * (lowerS + ((boundS - lowerS) * (rank - below)) / Math.max(1, upTo - below));
    [lowerS, below] = [boundS, upTo];
  }
  return 1000 * lowerS;
}

/** The dips that named an entry. */
export function answered({ none: _none, ...counts }: Counts): number {
  return total(counts);
}

/** The share of dips that were answered from the cache, in percent. */
export function hitRatePercent(answers: Counts): number | undefined {
  return percentOf((answers.cache ?? 0) + (answers.stale ?? 0), answered(answers));
}

/** @returns `undefined` if there is no whole */
export function percentOf(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : (100 * part) / whole;
}
