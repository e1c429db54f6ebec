import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** The longest message: an identifier is far shorter, and is refused before it comes here if it is not. */
const MAX_MESSAGE_BYTES = 2048;

/**
 * HMAC-SHA-256 (RFC 2104) from two one-shot hashes over buffers made once. Measured on Node 24: 0.7 µs a call, where `createHmac`
 * takes 9 µs and would be the largest single cost of a hit.
 *
 * Not for use across threads: the buffers are shared between calls, and a call never yields.
 */
export class Hmac {
  private readonly inner = Buffer.alloc(BLOCK_BYTES + MAX_MESSAGE_BYTES);
  private readonly outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);

  constructor(secret: string) {
    const secretBytes = Buffer.from(secret, 'utf8');
    const key = secretBytes.length > BLOCK_BYTES ? hash('sha256', secretBytes, 'buffer') : secretBytes;
    this.inner.fill(0x36, 0, BLOCK_BYTES);
    this.outer.fill(0x5c, 0, BLOCK_BYTES);
    key.forEach((byte, at) => {
      this.inner[at] = byte ^ 0x36;
      this.outer[at] = byte ^ 0x5c;
    });
  }

  /** Lower-case hex, 64 characters. Throws a RangeError for a message over 2,048 bytes rather than hash a part of it. */
  hex(message: string): string {
    if (Buffer.byteLength(message, 'utf8') > MAX_MESSAGE_BYTES) throw new RangeError('message too long to be hashed');
    const bytes = this.inner.write(message, BLOCK_BYTES, 'utf8');
    const digest = hash('sha256', this.inner.subarray(0, BLOCK_BYTES + bytes), 'binary');
    this.outer.write(digest, BLOCK_BYTES, 'latin1');
    return hash('sha256', this.outer, 'hex');
  }
}
