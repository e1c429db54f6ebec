import type { DipOutcome, DipSource } from '../../../contracts/dip.js';
import type { CacheOutcome } from '../../../platform/http/fast/prepared-answer.js';

/** After this time a caller that got a degraded answer as 503 may ask again, in seconds. */
export const UNAVAILABLE_RETRY_AFTER_S = 1;

export const CACHE_OUTCOMES: Record<DipSource, CacheOutcome> = {
  cache: 'HIT',
  origin: 'MISS',
  stale: 'STALE',
  degraded: 'DEGRADED',
  none: 'MISS',
};

/**
 * The source, the latency and the error of an answer, as JSON text that begins with a comma.
 */
export function provenanceText(outcome: DipOutcome, tookMs: number): string {
  const { source } = outcome;
  const cacheHit = source === 'cache' || source === 'stale';
  return `,"source":"${source}","cacheHit":${cacheHit},"latencyMs":${Math.round(tookMs)},"error":"${errorOf(outcome)}"`;
}

/** The answer's `error` field: empty if the answer is complete. */
function errorOf(outcome: DipOutcome): string {
  switch (outcome.source) {
    case 'degraded':
    case 'none':
      return outcome.reason;
    case 'cache':
    case 'origin':
    case 'stale':
      return '';
  }
}
