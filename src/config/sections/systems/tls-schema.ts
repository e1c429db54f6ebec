import { strict, textThat } from '../../schema/scalars.js';
import { filled, hostName, printable } from '../../schema/text-rules.js';
import { certificatesText, privateKeyText } from './pem.js';

/** `tls-checks.ts` compares the keys. */
export const tlsSchema = strict({
  ca: certificatesText.optional(),
  cert: certificatesText.optional(),
  key: privateKeyText.optional(),
  passphrase: textThat(filled, printable).optional(),
  serverName: textThat(hostName).optional(),
});
