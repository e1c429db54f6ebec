const ISO_DATE = /^(\d{4}-\d{2}-\d{2})(?:$|[T ])/;

/**
 * Reads a date of hire: an ISO 8601 date, alone or with a time. The time does not count.
 *
 * @returns `YYYY-MM-DD`; the empty string for a value that is no date
 */
export function parseHireDate(value: unknown): string {
  const date = typeof value === 'string' ? ISO_DATE.exec(value.trim())?.[1] : undefined;
  return date === undefined || Number.isNaN(Date.parse(date)) ? '' : date;
}
