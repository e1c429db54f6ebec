import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** The longest message. An identifier has at most 320 characters. */
const MAX_MESSAGE_BYTES = 2048;

/**
 * HMAC-SHA-256 (RFC 2104) from two one-shot hashes over reused buffers. Measured on Node 24: 0.7 µs
 * per call; `createHmac` takes 9 µs and would be the largest single cost of a hit.
 *
 * Does not guarantee: safety across threads. All calls share the buffers.
 */
export class Hmac {
  private readonly inner = Buffer.alloc(BLOCK_BYTES + MAX_MESSAGE_BYTES);
  private readonly outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
  /** Views of `inner`, by the bytes of the message. A new view costs a tenth of a call. */
  private readonly views = Array.from<Buffer | undefined>({ length: MAX_MESSAGE_BYTES + 1 });

  private lastMessage: string | undefined;
  private lastHex = '';

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

  /**
   * The parts of a composed dip often have the same identifier, so the last result is kept.
   *
   * @returns 64 characters of lower-case hex
   * @throws {RangeError} for a message over 2,048 bytes
   */
  hex(message: string): string {
    if (message === this.lastMessage) return this.lastHex;
    const hex = this.compute(message);
    this.lastMessage = message;
    this.lastHex = hex;
    return hex;
  }

  private compute(message: string): string {
    // UTF-8 encodes one UTF-16 unit in at most three bytes, so a short message needs no count.
    if (3 * message.length > MAX_MESSAGE_BYTES && Buffer.byteLength(message, 'utf8') > MAX_MESSAGE_BYTES)
      throw new RangeError(`message is longer than ${MAX_MESSAGE_BYTES} bytes`);
    const bytes = this.inner.write(message, BLOCK_BYTES, 'utf8');
    const view = (this.views[bytes] ??= this.inner.subarray(0, BLOCK_BYTES + bytes));
    const digest = hash('sha256', view, 'binary');
    this.outer.write(digest, BLOCK_BYTES, 'latin1');
    return hash('sha256', this.outer, 'hex');
  }
}
