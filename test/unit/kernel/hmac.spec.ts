import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { Hmac } from '../../../src/kernel/hmac.js';

const reference = (secret: string, message: string): string =>
  createHmac('sha256', Buffer.from(secret)).update(message, 'utf8').digest('hex');
const anyText = (maxLength: number) => fc.string({ unit: 'binary', maxLength });

describe('Hmac', () => {
  it('computes HMAC-SHA-256 for any secret and message', () => {
    fc.assert(
      fc.property(anyText(200), anyText(250), (secret, message) => {
        expect(new Hmac(secret).hex(message)).toBe(reference(secret, message));
      }),
    );
  });

  it.each([0, 1, 63, 64, 65, 200])('accepts a secret of %i bytes', (length) => {
    const secret = 's'.repeat(length);

    expect(new Hmac(secret).hex('15550001')).toBe(reference(secret, '15550001'));
  });

  it('computes each message independently of earlier messages', () => {
    const hmac = new Hmac('a secret');
    fc.assert(
      fc.property(fc.array(anyText(250), { minLength: 2, maxLength: 10 }), (messages) => {
        expect(messages.flatMap((message) => [hmac.hex(message), hmac.hex(message)])).toEqual(
          messages.flatMap((text) => [reference('a secret', text), reference('a secret', text)]),
        );
      }),
    );
  });

  it('accepts a message of 2,048 bytes and rejects a longer message', () => {
    const hmac = new Hmac('a secret');
    const longest = 'é'.repeat(1024);

    expect(hmac.hex(longest)).toBe(reference('a secret', longest));
    expect(() => hmac.hex(`${longest}x`)).toThrow(RangeError);
    expect(hmac.hex('15550001')).toBe(reference('a secret', '15550001'));
  });
});
