/** The wordings of errors that several sections report. Each kind of error is worded here only. */

export const REQUIRED = 'is required';

/** `max` without an upper end is `Number.MAX_SAFE_INTEGER`. `unit` begins with ` of `. */
export function wholeNumberWording(min: number, max: number, unit = ''): string {
  const bounds = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `${min} to ${max}`;
  return `must be a whole number${unit}; allowed: ${bounds}`;
}

export function oneOfWording(words: readonly string[]): string {
  return `must be one of ${words.join(', ')}`;
}

export function unknownKeyWording(keys: readonly string[]): string {
  return `is an unknown key; allowed: ${keys.join(', ')}`;
}

export function unknownSystemWording(systems: Readonly<Record<string, unknown>>): string {
  return `is not a declared system; declared: ${namesOf(systems)}`;
}

export function unknownLookupWording(lookups: Readonly<Record<string, unknown>>): string {
  return `is not a declared lookup; declared: ${namesOf(lookups)}`;
}

function namesOf(declared: Readonly<Record<string, unknown>>): string {
  return Object.keys(declared).join(', ') || 'none';
}
