import { isDescription } from './describe-error.js';

/** A text longer than this is not logged, because it may hold data of a caller or an origin. */
const MAX_TEXT_LENGTH = 256;
const MAX_LIST_LENGTH = 1000;

export type LogFieldKind = 'text' | 'texts' | 'number' | 'boolean' | 'counts' | 'error';

const text = (value: unknown): boolean => typeof value === 'string' && value.length <= MAX_TEXT_LENGTH;
const texts = (value: unknown): boolean => Array.isArray(value) && value.length <= MAX_LIST_LENGTH && value.every(text);
const number = (value: unknown): boolean => typeof value === 'number';

const CHECKS: Readonly<Record<LogFieldKind, (value: unknown) => boolean>> = {
  text,
  texts,
  number,
  boolean: (value) => typeof value === 'boolean',
  counts: (value) =>
    typeof value === 'object' && value !== null && texts(Object.keys(value)) && Object.values(value).every(number),
  error: isDescription,
};

const declared = new Map<string, LogFieldKind>([['error', 'error']]);

/**
 * Declares fields that log lines of a feature may have. A feature calls this once, at the top of
 * the file that logs them. The logger drops every field that no feature has declared.
 *
 * A value must come from the code, from the configuration or from a closed set. `requestId` and
 * `tenant` come from callers, and their characters are checked before they are logged. An
 * identifier is logged as its hash under `KEY_SECRET`, or not at all.
 *
 * @throws {TypeError} when another feature has declared the field with another kind
 */
export function declareLogFields(fields: Readonly<Record<string, LogFieldKind>>): void {
  for (const [name, kind] of Object.entries(fields)) {
    const other = declared.get(name);
    if (other !== undefined && other !== kind) throw new TypeError(`log field ${name} is declared as ${other}`);
    declared.set(name, kind);
  }
}

/** Every declared field with its kind, sorted by name. */
export function declaredLogFields(): readonly (readonly [name: string, kind: LogFieldKind])[] {
  return [...declared].sort(([a], [b]) => a.localeCompare(b));
}

/** Returns whether a line may hold this value in this field. */
export function mayBeLogged(name: string, value: unknown): boolean {
  if (value === undefined) return true;
  const kind = declared.get(name);
  return kind !== undefined && CHECKS[kind](value);
}
