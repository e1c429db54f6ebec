import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Hmac } from './hmac.js';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key of `VALUE_KEYS`. */
export interface ValueKey {
  readonly id: string;
  /** 32 bytes in base64. */
  readonly secret: string;
}

/**
 * Encrypts stored values with AES-256-GCM (NIST SP 800-38D). The format is `<key id>.<nonce, tag
 * and text in base64url>`.
 *
 * Guarantees: `open` returns only a text that was sealed for the same place. The first key seals
 * and all keys open, so keys rotate without loss of stored values.
 *
 * Each place has its own key, derived by HMAC-SHA-256 from the key of that id. With random 96-bit
 * nonces a key may encrypt 2^32 times, which a busy region would reach in weeks.
 */
export class ValueCipher {
  private readonly keys: ReadonlyMap<string, Hmac>;
  private readonly writing: { readonly id: string; readonly derive: Hmac };

  constructor([first, ...others]: readonly [ValueKey, ...ValueKey[]]) {
    this.keys = new Map([first, ...others].map(({ id, secret }) => [id, new Hmac(secret)]));
    this.writing = { id: first.id, derive: this.keys.get(first.id) ?? new Hmac(first.secret) };
  }

  /** @returns `undefined` without keys: values are then not encrypted */
  static forKeys([first, ...others]: readonly ValueKey[]): ValueCipher | undefined {
    return first === undefined ? undefined : new ValueCipher([first, ...others]);
  }

  /** @param place the key under which the value is stored; the seal authenticates the place too */
  seal(place: string, text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, keyOf(this.writing.derive, place), nonce).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return `${this.writing.id}.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`;
  }

  /**
   * @returns `undefined` if the text has an unknown key, belongs to another place, was changed, or
   *   is not sealed
   */
  open(place: string, stored: string): string | undefined {
    const dot = stored.indexOf('.');
    const derive = this.keys.get(stored.slice(0, Math.max(dot, 0)));
    if (derive === undefined) return undefined;
    const bytes = Buffer.from(stored.slice(dot + 1), 'base64url');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const [nonce, rest] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES)];
    const decipher = createDecipheriv(ALGORITHM, keyOf(derive, place), nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(place)).setAuthTag(rest.subarray(0, TAG_BYTES));
    try {
      return decipher.update(rest.subarray(TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch {
      return undefined;
    }
  }
}

function keyOf(derive: Hmac, place: string): Buffer {
  return Buffer.from(derive.hex(place), 'hex');
}
