import { bareNumber, WITHHELD, type BareNumber } from './bare-number.js';
import type { Country } from './country.js';
import { parsePhone } from './parse-phone.js';

/** The digits of a number in E.164, without `+`. `undefined` means that the text is no number. */
export type PhoneReading = string | typeof WITHHELD | undefined;

/**
 * The shortest numbers with a country code have 7 digits, such as +683 4000 (Niue). Shorter texts
 * are short codes (`911`) and extensions (`1001`).
 */
const MIN_DIGITS = 7;
/** E.164 allows 15 digits. */
const MAX_DIGITS = 15;
/** How a telephone keypad spells "anonymous". */
const KEYPAD_ANONYMOUS = '266696687';
const KEYPAD_ANONYMOUS_E164 = `+${KEYPAD_ANONYMOUS}`;
/**
 * Prefixes before a country code, for numbers that were dialled in another country. The library
 * knows only the prefix of the country with which it reads a number.
 */
const INTERNATIONAL_PREFIXES = ['00', '011'];

/** Digits that need no country. */
const PLAIN_DIGITS = /^\d{7,15}$/;

/**
 * Reads a phone number.
 *
 * Platforms send E.164, which takes 22 ns. The same number with punctuation takes 1.8 µs. Only
 * other spellings reach the library: `(555) 123-4567` takes 35 µs in `US`, `0044 20 7946 0958`
 * 44 µs, and `15551234567` 98 µs. 320 hostile characters take 13 µs at most (Node 24, processor
 * time, loop of 30,000). Readings are not remembered: a memory would hold numbers in plain text.
 *
 * With a country, a number without a country code is a national number of this country, if the
 * library says that the number is possible. A possible number has a length that the country uses;
 * its range need not be assigned. Without a country, the digits are used unchanged.
 *
 * A number with `+` is taken as it stands, with 7 to 15 digits, with and without a country. Its
 * sender named the country code.
 *
 * @param text at most 320 characters, not trimmed: a blank at the front may be a decoded `+`
 */
export function readPhone(text: string, country: Country | undefined): PhoneReading {
  if (isE164(text)) return text.slice(1);
  if (country === undefined && text !== KEYPAD_ANONYMOUS && PLAIN_DIGITS.test(text)) return text;
  const bare = bareNumber(text);
  if (bare === undefined || bare === WITHHELD) return bare;
  if (bare.digits === KEYPAD_ANONYMOUS) return WITHHELD;
  if (bare.hasPlus && !bare.digits.startsWith('0')) return withPlus(bare);
  return country === undefined ? fitting(bare.digits) : inCountry(bare, country);
}

/**
 * Whether a text is `+` and 7 to 15 digits, the first not 0. A loop, because most texts are such
 * texts.
 */
export function isE164(text: string): boolean {
  const { length } = text;
  if (length <= MIN_DIGITS || length > MAX_DIGITS + 1) return false;
  if (text.charCodeAt(0) !== 0x2b || text.charCodeAt(1) === 0x30) return false;
  for (let at = 1; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return text !== KEYPAD_ANONYMOUS_E164;
}

/** In some countries, such as Italy, the 0 of `(0)` is a part of the number. The library knows. */
function withPlus({ digits, withoutTrunk }: BareNumber): string | undefined {
  if (withoutTrunk === undefined) return fitting(digits);
  return possible(`+${digits}`) ?? possible(`+${withoutTrunk}`) ?? fitting(digits);
}

function fitting(digits: string): string | undefined {
  return digits.length >= MIN_DIGITS && digits.length <= MAX_DIGITS ? digits : undefined;
}

/**
 * Returns the first of these readings that is a possible number:
 * 1. Only if the text has a blank at the front: the digits begin with a country code.
 * 2. The digits are a number as people dial it in `country`.
 * 3. The digits begin with a country code.
 * 4. The digits begin with one of `INTERNATIONAL_PREFIXES`, and a country code follows.
 */
function inCountry({ digits, hasBlank }: BareNumber, country: Country): string | undefined {
  if (digits.length < MIN_DIGITS) return undefined;
  const international = (): string | undefined => (digits.startsWith('0') ? undefined : possible(`+${digits}`));
  return (
    (hasBlank ? international() : undefined) ??
    possible(digits, country) ??
    international() ??
    INTERNATIONAL_PREFIXES.filter((prefix) => digits.startsWith(prefix))
      .map((prefix) => possible(`+${digits.slice(prefix.length)}`))
      .find((number) => number !== undefined)
  );
}

function possible(number: string, country?: Country): string | undefined {
  const parsed = parsePhone(number, country);
  return parsed?.isPossible() === true ? fitting(parsed.number.slice(1)) : undefined;
}
