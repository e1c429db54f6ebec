const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const MONTH = `(?<month>${MONTHS.join('|')})`;
const CLOCK = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`;
/** The three forms of RFC 9110, section 5.6.7: IMF-fixdate, RFC 850 and asctime. */
const HTTP_DATES = [
  String.raw`[a-z]{3}, (?<day>\d\d?) ${MONTH} (?<year>\d{4}) ${CLOCK} (?:gmt|utc)`,
  String.raw`[a-z]{3,9}, (?<day>\d\d?)-${MONTH}-(?<year>\d\d|\d{4}) ${CLOCK} (?:gmt|utc)`,
  String.raw`[a-z]{3} ${MONTH} +(?<day>\d\d?) ${CLOCK} (?<year>\d{4})`,
].map((form) => new RegExp(`^${form}$`, 'i'));
/** RFC 3339, and its usual variants. Without an offset, the time is UTC. */
const ISO_TIME = new RegExp(
  String.raw`^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[t ](?<hour>\d\d):(?<minute>\d\d)` +
    String.raw`(?::(?<second>\d\d)(?:[.,](?<fraction>\d{1,12}))?)? ?(?<offset>z|[+-]\d\d:?\d\d)?$`,
  'i',
);

/** A year of two digits that would be further ahead is of the last century (RFC 9110). */
const MAX_YEARS_AHEAD = 50;

type Parts = Readonly<Record<string, string | undefined>>;

/**
 * Reads a date of a header. `Date.parse` would read `1.5` as a day of 2001, and a date of the form
 * asctime in the time zone of the process.
 *
 * @returns Unix milliseconds; `undefined` if the text is no date of RFC 9110
 */
export function parseHttpDateMs(text: string, nowMs: number): number | undefined {
  for (const form of HTTP_DATES) {
    const parts = form.exec(text.trim())?.groups;
    if (parts !== undefined)
      return utcMs(parts, yearOf(parts, nowMs), MONTHS.indexOf(parts.month?.toLowerCase() ?? ''));
  }
  return undefined;
}

/** @returns Unix milliseconds; `undefined` if the text is no time of RFC 3339 */
export function parseIsoTimeMs(text: string): number | undefined {
  const parts = ISO_TIME.exec(text.trim())?.groups;
  if (parts === undefined) return undefined;
  const atMs = utcMs(parts, Number(parts.year), Number(parts.month) - 1);
  const fractionMs = Math.trunc(Number(`0.${parts.fraction ?? '0'}`) * 1000);
  return atMs === undefined ? undefined : atMs + fractionMs - offsetMs(parts.offset);
}

/**
 * Reads the time of an event: Unix milliseconds, as a number or as digits, or a text of RFC 3339.
 *
 * @returns `undefined` for every other value
 */
export function parseMomentMs(value: unknown): number | undefined {
  if (typeof value === 'number') return value > 0 && Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  return /^\d{1,15}$/.test(value.trim()) ? parseMomentMs(Number(value)) : parseIsoTimeMs(value);
}

function yearOf({ year = '' }: Parts, nowMs: number): number {
  if (year.length > 2) return Number(year);
  const thisYear = new Date(nowMs).getUTCFullYear();
  const inThisCentury = thisYear - (thisYear % 100) + Number(year);
  return inThisCentury > thisYear + MAX_YEARS_AHEAD ? inThisCentury - 100 : inThisCentury;
}

/** `undefined` for a day or a time of day that does not exist. A leap second is the next second. */
function utcMs({ day, hour, minute, second = '0' }: Parts, year: number, month: number): number | undefined {
  const dayMs = Date.UTC(year, month, Number(day));
  const exists = new Date(dayMs).getUTCDate() === Number(day) && month >= 0 && month <= 11;
  if (!exists || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  return dayMs + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000;
}

function offsetMs(offset: string | undefined): number {
  if (offset === undefined || /z/i.test(offset)) return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}
