import { hash } from 'node:crypto';

/** Long enough to exclude a random match, short enough to find a truncated digest. */
const HEX_OF_DIGEST = 24;
const BASE64_OF_DIGEST = 16;

/** A text in an encoding. */
export interface Form {
  readonly name: string;
  readonly text: string;
  /** Whether the comparison ignores case. */
  readonly anyCase: boolean;
}

/**
 * Returns the encodings in which a reader can recognise a text.
 *
 * Guarantees:
 * - The text is found in any case, in hex, URL encoding, base64 and base64url.
 * - base64 is also found inside a longer encoded text.
 * - The SHA-256 without a key is found, complete or truncated.
 *
 * Does not guarantee:
 * - Encrypted texts and keyed hashes are not found, because they reveal nothing.
 * - A text with two encodings on top of each other is not found.
 */
export function formsOf(text: string): Form[] {
  const bytes = Buffer.from(text);
  const digest = hash('sha256', text, 'buffer');
  const hex = digest.toString('hex').slice(0, HEX_OF_DIGEST);
  const inBase64 = insideBase64(bytes);
  const forms = [
    form('plain', text, true),
    form('hex', bytes.toString('hex'), true),
    form('every byte URL-encoded', bytes.toString('hex').replaceAll(/../g, '%$&'), true),
    form('URL-encoded', encodeURIComponent(text), true),
    form('URL-encoded as in a form', new URLSearchParams({ '': text }).toString().slice(1), true),
    form('escaped as in JSON', JSON.stringify(text).slice(1, -1), true),
    ...inBase64.map((encoded) => form('base64', encoded, false)),
    ...inBase64.map((encoded) => form('base64url', asBase64Url(encoded), false)),
    form('SHA-256 in hex', hex, true),
    form('SHA-256 in base64', digest.toString('base64').slice(0, BASE64_OF_DIGEST), false),
    form('SHA-256 in base64url', digest.toString('base64url').slice(0, BASE64_OF_DIGEST), false),
  ];
  return forms.filter((candidate, at) => forms.findIndex(({ text: known }) => known === candidate.text) === at);
}

function form(name: string, text: string, anyCase: boolean): Form {
  return { name, text: anyCase ? text.toLowerCase() : text, anyCase };
}

/**
 * Returns the base64 text for each of the three alignments to groups of three bytes.
 * Characters that depend on neighbouring bytes are omitted.
 */
function insideBase64(bytes: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const from = Math.ceil((before * 8) / 6);
    const whole = Math.floor(((before + bytes.length) * 8) / 6);
    return encoded.slice(from, whole);
  });
}

function asBase64Url(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_');
}
