import type { WITHHELD } from '../../../config/phone/bare-number.js';
import { readPhone } from '../../../config/phone/read-phone.js';
import type { KeyInput } from '../../../config/sections/lookups/lookup-config.js';

/** A value in the one form that all its spellings share. */
export interface NormalizedValue {
  /** The text that identifies the entry. */
  readonly identity: string;
  /** The text that the origin gets. */
  readonly atOrigin: string;
}

/** No e-mail address or id is longer. A longer identifier is refused, not truncated. */
const MAX_LENGTH = 320;
/**
 * Not an id. In a path, dots would lead to a parent: URLs are resolved after their dots are
 * decoded.
 */
const DOT_SEGMENT = /^\.+$/;
/**
 * Characters that no identifier has, and that a log, a header or a query language may read as the
 * end of a line. Blanks at both ends are trimmed before.
 */
const CONTROL = /[\p{Cc}\u2028\u2029]/u;

/**
 * `undefined` means that the text is no value of this kind, and so identifies no entry. A phone
 * number may also be withheld.
 */
export function normalize(
  { kind, country }: Pick<KeyInput, 'kind' | 'country'>,
  text: string,
): NormalizedValue | typeof WITHHELD | undefined {
  if (kind === 'phone') return phone(bounded(text), country);
  const trimmed = bounded(text).trim();
  if (trimmed === '' || !isText(trimmed)) return undefined;
  return kind === 'email' ? email(trimmed) : id(trimmed);
}

/** A text that is too long becomes empty. Blanks at both ends do not count. */
function bounded(text: string): string {
  if (text.length <= MAX_LENGTH) return text;
  const trimmed = text.trim();
  return trimmed.length > MAX_LENGTH ? '' : trimmed;
}

/**
 * Bytes of a URL that are no UTF-8 arrive as replacement characters, so two different identifiers
 * may arrive as one.
 */
function isText(identifier: string): boolean {
  return identifier.isWellFormed() && !identifier.includes('\uFFFD');
}

function phone(text: string, country: KeyInput['country']): NormalizedValue | typeof WITHHELD | undefined {
  const digits = readPhone(text, country);
  return typeof digits === 'string' ? { identity: digits, atOrigin: `+${digits}` } : digits;
}

function id(text: string): NormalizedValue | undefined {
  return DOT_SEGMENT.test(text) || CONTROL.test(text) ? undefined : { identity: text, atOrigin: text };
}

function email(text: string): NormalizedValue | undefined {
  const address = text.toLowerCase();
  return /^[^\s@]+@[^\s@]+$/.test(address) && !CONTROL.test(address)
    ? { identity: address, atOrigin: address }
    : undefined;
}

/**
 * The prefix of a value in the hashed text: the name of its input, so that order 17 and customer 17
 * are two entries. Empty if no value of another input of the lookup can equal the value.
 */
export function identityPrefix(inputs: readonly KeyInput[], { input, kind }: KeyInput): string {
  const others = inputs.filter((other) => other.input !== input);
  const ambiguous = others.some((other) => other.kind === kind || other.kind === 'id' || kind === 'id');
  return ambiguous ? `${input}:` : '';
}
