/** The caller hides the number, so the text identifies no caller. */
export const WITHHELD = Symbol('withheld');

/** A phone number without scheme, host, punctuation and extension. */
export interface BareNumber {
  readonly digits: string;
  readonly hasPlus: boolean;
  /** The text began with one blank and a digit. URLs decode `+` to a blank. */
  readonly hasBlank: boolean;
  /**
   * The digits without a `(0)`, which is dialled only inside the country. `undefined` means that
   * the text has no `(0)`.
   */
  readonly withoutTrunk: string | undefined;
}

/** An international prefix of three digits and the 15 digits of E.164. */
const MAX_DIGITS = 18;
const FULL_WIDTH = /[\uFF01-\uFF5E]/g;
const FULL_WIDTH_OFFSET = 0xfee0;
/** Marks of the direction of text, soft hyphens, and other characters that show nothing. */
const INVISIBLE = /\p{Cf}/gu;
const SCHEME = /^(?:tel|sips?|callto):/i;
const PUNCTUATION = /[\s()[\].\-/~\u00B7\u2010-\u2015\u2212\u30FC]/g;
const TRUNK_ZERO = '(0)';
const EXTENSION = /^(?:ext(?:n|ension)?|x|#)[\s.:]*\d{1,7}$/i;
/** RFC 3323 and RFC 3325 give this host to callers who hide their number. */
const HIDDEN_HOST = 'anonymous.invalid';
const MAX_DECODINGS = 2;

/** Letters only, lower case. */
const WITHHELD_WORDS: ReadonlySet<string> = new Set([
  'anonymous',
  'restricted',
  'unavailable',
  'unknown',
  'private',
  'withheld',
  'blocked',
  'nocallerid',
  'privatenumber',
  'unknownnumber',
  'outofarea',
]);

/**
 * Strips a phone number of everything around its digits. `undefined` means that the text is no
 * phone number.
 *
 * Every step takes time in proportion to the length of the text: no pattern can backtrack over more
 * than one character class.
 */
export function bareNumber(text: string): BareNumber | typeof WITHHELD | undefined {
  const ascii = toAscii(text);
  const decoded = decode(ascii);
  if (decoded === undefined) return undefined;
  const address = bracketed(decoded).trim().replace(SCHEME, '');
  const [user, host] = splitAt(address, address.search(/[;@?]/));
  if (isWithheld(user, host)) return WITHHELD;
  const [number, extension] = splitAt(user.trim(), user.trim().search(/[a-z#]/i));
  if (extension !== '' && !EXTENSION.test(extension)) return undefined;
  const dialled = number.replace(PUNCTUATION, '');
  const hasPlus = dialled.startsWith('+');
  const digits = hasPlus ? dialled.slice(1) : dialled;
  if (digits.length > MAX_DIGITS || !/^\d+$/.test(digits)) return undefined;
  return { digits, hasPlus, hasBlank: /^ \d/.test(ascii), withoutTrunk: withoutTrunk(number) };
}

function withoutTrunk(number: string): string | undefined {
  return number.includes(TRUNK_ZERO) ? number.replace(TRUNK_ZERO, '').replace(/\D/g, '') : undefined;
}

function toAscii(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const narrow = (sign: string): string => String.fromCharCode(sign.charCodeAt(0) - FULL_WIDTH_OFFSET);
  return text.replace(INVISIBLE, '').replace(FULL_WIDTH, narrow);
}

/** Some clients percent-encode a number that they then send as JSON. */
function decode(text: string): string | undefined {
  let decoded = text;
  for (let round = 0; round < MAX_DECODINGS && decoded.includes('%'); round++) {
    try {
      decoded = decodeURIComponent(decoded);
    } catch {
      return undefined;
    }
  }
  return decoded;
}

/** The address in angle brackets, as in `"Ada" <sip:+15551234567@example.com>`. */
function bracketed(text: string): string {
  const from = text.lastIndexOf('<');
  const to = text.indexOf('>', from);
  return from === -1 || to === -1 ? text : text.slice(from + 1, to);
}

function splitAt(text: string, at: number): [string, string] {
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at)];
}

function isWithheld(user: string, host: string): boolean {
  if (host.toLowerCase().startsWith(`@${HIDDEN_HOST}`)) return true;
  return WITHHELD_WORDS.has(user.replace(/[\s_.-]/g, '').toLowerCase());
}
