import { randomBytes } from 'node:crypto';
import type { ValueKey } from '../../src/kernel/value-cipher.js';

/** A key for values that nobody else has. */
export function valueKey(id: string): ValueKey {
  return { id, secret: randomBytes(32).toString('base64') };
}
