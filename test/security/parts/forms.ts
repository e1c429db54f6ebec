import { hash } from 'node:crypto';

/** Enough of a digest to be no accident, and little enough that a shortened one is found. */
const HEX_OF_DIGEST = 24;
const BASE64_OF_DIGEST = 16;

/** One way in which a text may have been written down. */
export interface Form {
  readonly name: string;
  readonly text: string;
  /** Whether upper and lower case are one there. */
  readonly anyCase: boolean;
}

/**
 * Everything a text may look like to somebody who finds it.
 *
 * Promised: found are the text itself in any case, and its base64, base64url (also inside a longer text that was encoded with it), hex,
 * URL encoding and bare SHA-256, whole or shortened.
 * Not promised: anything that needs a key to undo, which is the point, or two of these on top of each other.
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
    ...inBase64.map((one) => form('base64', one, false)),
    ...inBase64.map((one) => form('base64url', asBase64Url(one), false)),
    form('SHA-256 in hex', hex, true),
    form('SHA-256 in base64', digest.toString('base64').slice(0, BASE64_OF_DIGEST), false),
    form('SHA-256 in base64url', digest.toString('base64url').slice(0, BASE64_OF_DIGEST), false),
  ];
  return forms.filter((one, at) => forms.findIndex(({ text: known }) => known === one.text) === at);
}

function form(name: string, text: string, anyCase: boolean): Form {
  return { name, text: anyCase ? text.toLowerCase() : text, anyCase };
}

/** Three, because what stands before decides where its groups of three bytes begin; what its neighbours have a part in is left out. */
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
