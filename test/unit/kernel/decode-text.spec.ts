import { describe, expect, it } from '@jest/globals';
import { declaredCharset, decodeText, isKnownCharset, UndecodableText } from '../../../src/kernel/decode-text.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
/** `"é"` */
const E_ACUTE = { utf8: '22 c3a9 22', latin1: '22 e9 22', utf16le: '2200 e900 2200', utf16be: '0022 00e9 0022' };

describe('decodeText', () => {
  it.each([
    ['no declaration', undefined, E_ACUTE.utf8],
    ['a type without a charset', 'application/json', E_ACUTE.utf8],
    ['UTF-8', 'application/json; charset=UTF-8', E_ACUTE.utf8],
    ['an old name of UTF-8', 'text/html;charset=utf8', E_ACUTE.utf8],
    ['ASCII, as which senders declare UTF-8', 'text/plain; charset=us-ascii', E_ACUTE.utf8],
    ['an empty charset', 'text/plain; charset=', E_ACUTE.utf8],
    ['ISO-8859-1', 'application/json; charset=ISO-8859-1', E_ACUTE.latin1],
    ['a quoted charset', 'application/json;charset="iso-8859-1"; x=y', E_ACUTE.latin1],
    ['single quotes', "application/json; Charset='latin1'", E_ACUTE.latin1],
    ['windows-1252', 'application/json; charset=Windows-1252', E_ACUTE.latin1],
    ['UTF-16 with a byte order mark', 'application/json; charset=utf-16', `fffe ${E_ACUTE.utf16le}`],
    ['UTF-16BE without a byte order mark', 'application/json; charset=utf-16', E_ACUTE.utf16be],
    ['undeclared UTF-16', undefined, E_ACUTE.utf16le],
    ['a byte order mark against the declaration', 'text/plain; charset=iso-8859-1', `feff ${E_ACUTE.utf16be}`],
    ['a byte order mark of UTF-8', undefined, `efbbbf ${E_ACUTE.utf8}`],
  ])('reads text with %s', (_, contentType, hex) => {
    expect(decodeText(bytes(hex), declaredCharset(contentType))).toBe('"é"');
  });

  it.each([
    ['shift_jis', '93fa 967b', '日本'],
    ['gb18030', 'c4e3', '你'],
    ['koi8-r', 'f0', 'П'],
    ['iso-8859-15', 'a4', '€'],
    ['windows-1252', '80', '€'],
  ])('reads text in %s', (charset, hex, text) => {
    expect(decodeText(bytes(hex), charset)).toBe(text);
  });

  it.each([
    ['a byte of Latin-1', undefined, E_ACUTE.latin1],
    ['a broken character', 'application/json; charset=utf-8', '22 c3 22'],
    ['half a surrogate in UTF-16', 'application/json; charset=utf-16le', '2200 3dd8 2200'],
    ['a broken character in Shift_JIS', 'application/json; charset=shift_jis', '22 81'],
  ])('refuses %s as malformed', (_, contentType, hex) => {
    expect(() => decodeText(bytes(hex), declaredCharset(contentType))).toThrow(new UndecodableText('malformed'));
  });

  it.each(['utf-7', 'utf-32', 'ebcdic-us', 'x-nonsense'])('refuses the charset %s', (charset) => {
    expect(() => decodeText(bytes(E_ACUTE.utf8), charset)).toThrow(new UndecodableText('unknown-charset'));
    expect(isKnownCharset(charset)).toBe(false);
  });

  it('accepts a replacement character that the sender wrote', () => {
    expect(decodeText(Buffer.from('\uFFFD'), undefined)).toBe('\uFFFD');
  });

  it('reads the charset of each header, in any order of headers', () => {
    const headers = ['a/b; charset=koi8-r', 'a/b', 'a/b; charset=utf-8', 'a/b; charset=koi8-r'];
    expect(headers.map(declaredCharset)).toEqual(['koi8-r', undefined, 'utf-8', 'koi8-r']);
  });
});
