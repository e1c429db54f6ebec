import { createSecureContext } from 'node:tls';
import { strict, text, textThat, type TextRule } from '../../schema/scalars.js';
import { filled, printable, unpadded } from '../../schema/text-rules.js';

const pem: TextRule = (value) =>
  /^-----BEGIN [A-Z0-9 ]+-----$/m.test(value) ? undefined : 'must be PEM text: a line -----BEGIN …----- and more';

/** The file names no paths: a secret in a file is given as a variable `NAME_FILE`. */
export const tlsSchema = strict({
  ca: textThat(pem).optional(),
  cert: textThat(pem).optional(),
  key: textThat(pem).optional(),
  passphrase: text.optional(),
  serverName: textThat(filled, unpadded, printable).optional(),
})
  .transform(({ ca, cert, key, passphrase, serverName }) => ({ ca, cert, key, passphrase, serverName }))
  .check(({ value, issues }) => {
    const message = problemOf(value);
    if (message !== undefined) issues.push({ code: 'custom', input: value, message });
  });

interface Given {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly passphrase: string | undefined;
}

function problemOf({ ca, cert, key, passphrase }: Given): string | undefined {
  if ((cert === undefined) !== (key === undefined)) return 'must have cert and key, or neither';
  if (!isUsable({ ca })) return 'has a ca that cannot be read';
  return isUsable({ cert, key, passphrase })
    ? undefined
    : 'has a cert and a key that cannot be used: they do not fit together, or the passphrase is wrong';
}

/** OpenSSL's message may name a path or a part of the text. */
function isUsable({ ca, cert, key, passphrase }: Partial<Given>): boolean {
  try {
    createSecureContext({ ca, cert, key, passphrase });
    return true;
  } catch {
    return false;
  }
}
