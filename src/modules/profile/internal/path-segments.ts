import { fillTemplate, type Template, type ValueOf } from '../../../config/sections/lookups/template.js';

/** A value of these characters cannot hold a dot segment, in any spelling. */
const HARMLESS = /^[\w @+:=~-]*$/;
/** A percent sign that was encoded, once or more often. */
const ENCODED_PERCENT = /%(?:25)+/g;
/** The form of old servers: `%u002e`. */
const ENCODED_UNIT = /%u([0-9a-f]{4})/gi;
const ENCODED_BYTES = /(?:%[0-9a-f]{2})+/gi;
/** Signs that servers on Windows turn into a slash or a backslash. NFKC does not. */
const SEPARATORS = /[/\\\u2044\u2215\u2216\u29F5\u29F8]/;
/** Characters that some servers drop: format characters, and control characters. */
const DROPPED = /[\p{Cf}\p{Cc}]/gu;
/** Path parameters, query and fragment are no part of a segment's name. */
const AFTER_NAME = /[;?#].*$/su;
/** Windows also drops dots and blanks at the end of a name. */
const DOTS = /^[\s.]*\.[\s.]*$/u;
/** Each round takes away one level of encoding. */
const MAX_ROUNDS = 8;

/**
 * Whether the values lead to another path than the template names, for a server or proxy that
 * decodes the path. A value is percent-encoded in the path, but many proxies decode a path before
 * they resolve its dots.
 *
 * Values do if the path has a segment of dots after decoding: `..` between slashes or backslashes.
 * The function knows these spellings: encoded once or more often, full-width, overlong UTF-8,
 * `%u002e`, with parameters (`..;x`), and with invisible characters.
 *
 * @throws {OriginFailure} if a value has no form under a filter of the template
 */
export function leavesPath(template: Template, valueOf: ValueOf): boolean {
  if (template.placeholders.every(({ input }) => HARMLESS.test(valueOf(input) ?? ''))) return false;
  const path = fillTemplate(template, valueOf, (filtered) => filtered);
  const decoded = decode(path ?? '');
  return decoded === undefined || decoded.split(SEPARATORS).some(isDots);
}

function isDots(segment: string): boolean {
  return DOTS.test(segment.replace(AFTER_NAME, ''));
}

/** `undefined` means that the text is encoded too many times. */
function decode(text: string): string | undefined {
  let decoded = text.normalize('NFKC');
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = decoded;
    decoded = before.includes('%') ? decodeOnce(before) : before;
    if (decoded === before) return decoded.replace(DROPPED, '');
  }
  return undefined;
}

function decodeOnce(text: string): string {
  return text
    .replace(ENCODED_PERCENT, '%')
    .replace(ENCODED_UNIT, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(ENCODED_BYTES, (run) => decodeBytes(Buffer.from(run.replaceAll('%', ''), 'hex')))
    .normalize('NFKC');
}

/** Decodes UTF-8 like a careless server: overlong forms, and following bytes that are none. */
function decodeBytes(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at] ?? 0;
    const length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    let point = length === 1 ? lead : lead & (0x7f >> length);
    for (const byte of bytes.subarray(at + 1, at + length)) point = (point << 6) | (byte & 0x3f);
    text += point > 0x10ffff ? '\uFFFD' : String.fromCodePoint(point);
    at += length;
  }
  return text;
}
