/** Decodes the signs that a system reads as quotes, brackets or operators. */

/** ASCII signs in percent-encoding. A proxy may decode once more, so `%25` may be repeated. */
const PERCENT = /%(?:25)*(2[0-9a-f]|3[a-f]|5[b-e]|7[b-e])/gi;
/** In the text of JSON or of a script. */
const UNICODE = /\\(?:u00|x)(22|27)/gi;
const REFERENCE = /&(?:#(\d{1,9})|#[xX]([\da-fA-F]{1,8})|(apos|quot|lt|gt|amp));/g;
const NAMED: Readonly<Record<string, string>> = { apos: "'", quot: '"', lt: '<', gt: '>', amp: '&' };

/** A text outside XML. A decoded `"` keeps a backslash, because it stands inside other quotes. */
export function decodedText(text: string): string {
  return text
    .replace(PERCENT, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(UNICODE, (_, hex: string) => (hex === '22' ? '\\"' : "'"));
}

/** A text or the value of an attribute of XML, as a parser reads it: in one pass. */
export function decodedXml(text: string): string {
  const read = text.replace(REFERENCE, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return point > 0x1f && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
  return decodedText(read);
}
