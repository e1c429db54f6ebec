import type { AnswerText, Dip, DipOutcome, DipSource } from '../../../contracts/dip.js';
import { PreparedAnswer, type CacheOutcome } from '../../../platform/http/fast/prepared-answer.js';

/** What a caller with another place to ask is told to wait before asking here again. */
const UNAVAILABLE_RETRY_AFTER_S = 1;

const CACHE_OUTCOMES: Record<DipSource, CacheOutcome> = {
  cache: 'HIT',
  origin: 'MISS',
  stale: 'STALE',
  degraded: 'DEGRADED',
  none: 'MISS',
};

/** The contract's flat object: the declared part, and how this answer came about. */
export function prepareAnswer(dip: Dip, outcome: DipOutcome, tookMs: number): PreparedAnswer {
  const text = outcome.source === 'degraded' || outcome.source === 'none' ? dip.lookup.defaults : outcome.text;
  const json = withProvenance(text, outcome.source, tookMs, errorWord(outcome));
  const unavailable = outcome.source === 'degraded' && dip.whenDegraded === 'unavailable';
  return unavailable
    ? new PreparedAnswer(503, json, 'DEGRADED', UNAVAILABLE_RETRY_AFTER_S)
    : new PreparedAnswer(200, json, CACHE_OUTCOMES[outcome.source]);
}

/** Appends to the text: the declared part of an answer is never parsed on its way out. */
function withProvenance(text: AnswerText, source: DipSource, tookMs: number, error: string): string {
  const cacheHit = source === 'cache' || source === 'stale';
  return `${text.slice(0, -1)},"source":"${source}","cacheHit":${cacheHit},"latencyMs":${Math.round(tookMs)},"error":"${error}"}`;
}

function errorWord(outcome: DipOutcome): string {
  switch (outcome.source) {
    case 'degraded':
      return outcome.reason;
    case 'none':
      return 'no_lookup_key';
    case 'cache':
    case 'origin':
    case 'stale':
      return '';
  }
}
