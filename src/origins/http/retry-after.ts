import { parseDecimal } from '../../kernel/parse-number.js';
import { parseHttpDateMs, parseIsoTimeMs } from '../../kernel/parse-time.js';

/** A day. Callers of this function have lower limits. */
const MAX_MS = 86_400_000;

/** The headers of a response, by their names in lower case. */
type Headers = Readonly<Record<string, unknown>>;

/**
 * Reads the header `Retry-After`: seconds or a date (RFC 9110, section 10.2.3). Origins also send
 * fractions, signs and dates of RFC 3339.
 *
 * A date is compared with the `Date` of the response, so that the clocks need not agree.
 *
 * @returns at most a day; `undefined` for a missing or unreadable header, a negative number, and a
 *   date that is over
 */
export function retryAfterMs(headers: Headers, nowMs = Date.now()): number | undefined {
  const header = headers['retry-after'];
  if (typeof header !== 'string') return undefined;
  const waitMs = isNumber(header) ? secondsToMs(header) : untilDateMs(header, headers, nowMs);
  return waitMs === undefined || waitMs < 0 ? undefined : Math.min(waitMs, MAX_MS);
}

function isNumber(header: string): boolean {
  return /^\s*[+-]?\d/.test(header) && !header.includes(':');
}

function secondsToMs(header: string): number | undefined {
  const seconds = parseDecimal(header);
  return seconds === undefined ? undefined : Math.ceil(seconds * 1000);
}

function untilDateMs(header: string, { date }: Headers, nowMs: number): number | undefined {
  const atMs = parseHttpDateMs(header, nowMs) ?? parseIsoTimeMs(header);
  const sentAtMs = typeof date === 'string' ? parseHttpDateMs(date, nowMs) : undefined;
  const waitMs = atMs === undefined ? undefined : atMs - (sentAtMs ?? nowMs);
  return waitMs === 0 ? undefined : waitMs;
}
