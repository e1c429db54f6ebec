import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ValueCipher } from '../../../src/kernel/value-cipher.js';
import { valueKey } from '../../support/value-key.js';

const PLACE = 'cust:customer:10001:a4f8';
const [may, june, stolen] = [valueKey('may'), valueKey('june'), valueKey('may')];
const cipher = new ValueCipher([may]);

describe('ValueCipher', () => {
  it('opens a sealed value to the original text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 1 }), (text, place) => {
        expect(cipher.open(place, cipher.seal(place, text))).toBe(text);
      }),
    );
  });

  it('seals a text without visible content and differently each time', () => {
    const [first, second] = [cipher.seal(PLACE, 'Ada Lovelace'), cipher.seal(PLACE, 'Ada Lovelace')];
    expect(first).not.toBe(second);
    expect(Buffer.from(first.slice(4), 'base64url').toString('latin1')).not.toContain('Ada');
  });

  it('does not open a value at another key', () => {
    expect(cipher.open('cust:customer:10001:b5a9', cipher.seal(PLACE, 'Ada'))).toBeUndefined();
  });

  it('opens values of all its keys and seals with the first', () => {
    const before = cipher.seal(PLACE, 'Ada');
    const rotated = new ValueCipher([june, may]);
    expect(rotated.open(PLACE, before)).toBe('Ada');
    expect(rotated.seal(PLACE, 'Ada')).toMatch(/^june\./);
  });

  it('does not open a value of another secret, under any key id', () => {
    const sealed = cipher.seal(PLACE, 'Ada');
    for (const key of [june, stolen]) expect(new ValueCipher([key]).open(PLACE, sealed)).toBeUndefined();
  });

  it('does not open a changed value, and does not throw', () => {
    const sealed = cipher.seal(PLACE, '{"contactFound":true}');
    fc.assert(
      fc.property(fc.nat({ max: sealed.length - 1 }), fc.constantFrom('A', 'z', '.', ''), (at, letter) => {
        const changed = sealed.slice(0, at) + letter + sealed.slice(at + 1);
        fc.pre(Buffer.from(changed.slice(4), 'base64url').compare(Buffer.from(sealed.slice(4), 'base64url')) !== 0);
        expect(cipher.open(PLACE, changed)).toBeUndefined();
      }),
    );
  });

  it.each(['', '.', 'may.', 'may.AAAA', '{"contactFound":true}', 'unknown.AAAA'])(
    'does not open the text %j',
    (text) => {
      expect(cipher.open(PLACE, text)).toBeUndefined();
    },
  );
});
