import { isUtf8 } from 'node:buffer';

/**
 * Why bytes are no text. `unknown-charset`: `TextDecoder` does not know the declared charset.
 * `malformed`: the bytes are not text in the charset.
 */
export type TextFault = 'unknown-charset' | 'malformed';

/** The bytes cannot be read as text without guessing. Holds no part of them. */
export class UndecodableText extends Error {
  constructor(readonly fault: TextFault) {
    super(fault);
  }
}

const CHARSET = /;\s*charset\s*=\s*(?:"([^"]*)"|([^;,\s]*))/i;
/** UTF-8, and ASCII as a part of UTF-8. Web browsers read ASCII as windows-1252. */
const UTF8 = /^(utf-?8|unicode-1-1-utf-8|us-ascii|ascii)$/i;
const REPLACEMENT = '\uFFFD';
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Reads the bytes of a body as text. The first of these that exists decides the charset:
 *
 * 1. a byte order mark;
 * 2. the null bytes of UTF-16 between the first characters of JSON (RFC 4627, section 3);
 * 3. the charset given, by its label in the WHATWG Encoding Standard, where `iso-8859-1` means
 *    windows-1252;
 * 4. UTF-8.
 *
 * Guarantees: text is never guessed. Bytes that are no text in their charset are refused, because
 * replacement characters would make two different ids equal.
 *
 * Does not guarantee: that the declaration is true. A single-byte charset accepts every byte.
 *
 * @throws {UndecodableText}
 */
export function decodeText(bytes: Buffer, charset: string | undefined): string {
  const detected = utf16In(bytes);
  if (detected !== undefined) return decodeAs(detected, bytes);
  return charset === undefined || isUtf8Label(charset) ? utf8(bytes) : decodeAs(charset, bytes);
}

/** The charset parameter of a `Content-Type`. `undefined` if there is none, or an empty one. */
export function declaredCharset(contentType: string | undefined): string | undefined {
  if (contentType?.includes(';') !== true) return undefined;
  // Most clients send the same header, and a comparison costs a tenth of the expression.
  if (contentType !== last.contentType) last = { contentType, charset: charsetIn(contentType) };
  return last.charset;
}

let last: { readonly contentType: string; readonly charset: string | undefined } = {
  contentType: '',
  charset: undefined,
};

function charsetIn(contentType: string): string | undefined {
  const [, quoted, bare] = CHARSET.exec(contentType) ?? [];
  const charset = (quoted ?? bare ?? '').replaceAll("'", '').trim();
  return charset === '' ? undefined : charset;
}

/** Whether `decodeText` knows the charset. */
export function isKnownCharset(charset: string): boolean {
  return isUtf8Label(charset) || decoderOf(charset) !== undefined;
}

export function isUtf8Label(charset: string): boolean {
  return charset === 'utf-8' || UTF8.test(charset);
}

function utf8(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  // The search costs nothing where the text has only Latin-1 characters.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes)) throw new UndecodableText('malformed');
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

function decodeAs(charset: string, bytes: Buffer): string {
  const decoder = decoderOf(charset);
  if (decoder === undefined) throw new UndecodableText('unknown-charset');
  try {
    return decoder.decode(bytes);
  } catch {
    throw new UndecodableText('malformed');
  }
}

function decoderOf(charset: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch {
    return undefined;
  }
}

function utf16In(bytes: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const [first, second] = [bytes[0], bytes[1]];
  if (second === undefined) return undefined;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  return (first === 0xfe && second === 0xff) || (first === 0 && second !== 0) ? 'utf-16be' : undefined;
}
