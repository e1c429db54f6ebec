import { randomBytes } from 'node:crypto';
import type { ValueKey } from '../../src/kernel/value-cipher.js';

/** Returns a new key for values with a random secret. */
export function valueKey(id: string): ValueKey {
  return { id, secret: randomBytes(32).toString('base64') };
}
