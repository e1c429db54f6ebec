import type { KeyInput, KeyKind } from '../../../config/config.js';

/** One value in the spelling that every way of writing it shares. */
export interface NormalisedValue {
  /** What identifies the entry. */
  readonly identity: string;
  /** What the origin is asked for. */
  readonly atOrigin: string;
}

/** Longer than any address or id that is one; an identifier is refused rather than cut. */
const MAX_LENGTH = 320;
/** No id is one, and in a path it would climb: dots survive every encoding, because URLs are resolved after decoding them. */
const DOT_SEGMENT = /^\.+$/;
/** E.164 allows 15 digits. */
const PHONE = /^\+?\d{1,15}$/;
const PHONE_PUNCTUATION = /[\s().\-/]/g;

/** Absent: the text is no value of this kind, so it identifies nobody. */
export function normalise(kind: KeyKind, text: string): NormalisedValue | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > MAX_LENGTH || !trimmed.isWellFormed()) return undefined;
  switch (kind) {
    case 'phone':
      return phone(trimmed);
    case 'email':
      return email(trimmed);
    case 'id':
      return DOT_SEGMENT.test(trimmed) ? undefined : { identity: trimmed, atOrigin: trimmed };
  }
}

/**
 * Digits only, whatever stood around them: `+1 555 0001`, `tel:+15550001`, and ` 15550001`, which is what a `+` becomes when a URL is
 * decoded. A SIP address is the number before its `@`.
 */
function phone(text: string): NormalisedValue | undefined {
  const address = text.replace(/^(tel|sips?):/i, '');
  const number = address.replace(/[;@].*$/s, '').replace(PHONE_PUNCTUATION, '');
  if (!PHONE.test(number)) return undefined;
  const digits = number.replace('+', '');
  return { identity: digits, atOrigin: `+${digits}` };
}

function email(text: string): NormalisedValue | undefined {
  const address = text.toLowerCase();
  return /^[^\s@]+@[^\s@]+$/.test(address) ? { identity: address, atOrigin: address } : undefined;
}

/**
 * What is hashed into the key before the value. Nothing, as long as no value of another input of the same lookup can be mistaken for
 * it; else its input's name, so that order 17 and customer 17 are two entries.
 */
export function identityPrefix(inputs: readonly KeyInput[], { input, kind }: KeyInput): string {
  const others = inputs.filter((other) => other.input !== input);
  const ambiguous = others.some((other) => other.kind === kind || other.kind === 'id' || kind === 'id');
  return ambiguous ? `${input}:` : '';
}
