import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { KeyInput } from '../../../src/config/sections/lookups/lookup-config.js';
import { identityPrefix, normalise } from '../../../src/modules/profile/internal/normalise.js';

describe('a phone number', () => {
  it.each([
    '15550001',
    '+15550001',
    '+1 555 0001',
    ' 15550001',
    '\t+15550001\n',
    'tel:+15550001',
    'Tel:15550001',
    'tel:+1-555-0001;ext=5',
    'tel:+15550001;phone-context=+1',
    '+1 (555) 0001',
    '1.555.0001',
    '+1/555-0001',
    '+1\u00a0555\u00a00001',
    'sip:+15550001@example.com',
    'sips:15550001@10.0.0.1:5061;user=phone',
  ])('is its digits, however it is written: %j', (text) => {
    expect(normalise('phone', text)).toEqual({ identity: '15550001', atOrigin: '+15550001' });
  });

  it.each([
    '',
    '   ',
    '+',
    'tel:',
    'anonymous',
    'sip:anonymous@anonymous.invalid',
    'unknown',
    'Restricted',
    '1555A0001',
    '++15550001',
    '1+5550001',
    '15550001x5',
    '1234567890123456',
    '١٥٥٥٠٠٠١',
    '15550001,15550002',
  ])('is none of %j', (text) => {
    expect(normalise('phone', text)).toBeUndefined();
  });

  it('may have the 15 digits of E.164', () => {
    expect(normalise('phone', '+123456789012345')).toEqual({
      identity: '123456789012345',
      atOrigin: '+123456789012345',
    });
  });

  it('is the same when it is normalised again', () => {
    const written = fc.stringMatching(/^ ?(tel:)?\+?[0-9][0-9 .()-]{0,14}$/);
    fc.assert(
      fc.property(written, (text) => {
        const once = normalise('phone', text);
        expect(once).toBeDefined();
        expect(normalise('phone', once?.atOrigin ?? '')).toEqual(once);
        expect(once?.identity).toBe(text.replace(/\D/g, ''));
      }),
    );
  });
});

describe('an e-mail address', () => {
  it.each(['ada@example.com', ' Ada@Example.COM ', 'ADA@EXAMPLE.COM\n'])('is trimmed and in lower case: %j', (text) => {
    expect(normalise('email', text)).toEqual({ identity: 'ada@example.com', atOrigin: 'ada@example.com' });
  });

  it.each([
    '',
    'ada',
    '@example.com',
    'ada@',
    'a@b@c',
    'ada lovelace@example.com',
    'ada@example.com,bob@example.com x',
  ])('is none of %j', (text) => {
    expect(normalise('email', text)).toBeUndefined();
  });
});

describe('an id', () => {
  it.each(['c-17', '  c-17\t', '17', 'Ünï/..?#', 'two words'])('is trimmed and nothing else: %j', (text) => {
    expect(normalise('id', text)).toEqual({ identity: text.trim(), atOrigin: text.trim() });
  });

  it('is refused rather than cut when it is too long', () => {
    expect(normalise('id', 'x'.repeat(320))).toBeDefined();
    expect(normalise('id', 'x'.repeat(321))).toBeUndefined();
  });

  it('is no text that cannot be sent: half a character', () => {
    expect(normalise('id', 'c-\ud800')).toBeUndefined();
  });
});

describe('what is hashed', () => {
  const phone: KeyInput = { input: 'ani', kind: 'phone' };
  const email: KeyInput = { input: 'email', kind: 'email' };
  const customer: KeyInput = { input: 'customerId', kind: 'id' };
  const order: KeyInput = { input: 'orderId', kind: 'id' };
  const callback: KeyInput = { input: 'callback', kind: 'phone' };

  it.each([
    ['alone', [phone], phone],
    ['beside an address', [phone, email], phone],
    ['beside a number', [phone, email], email],
    ['as the only id', [customer], customer],
  ])('is the bare value %s', (_, inputs, input) => {
    expect(identityPrefix(inputs, input)).toBe('');
  });

  it.each([
    ['an id beside a number', [phone, customer], customer, 'customerId:value'],
    ['a number beside an id', [phone, customer], phone, 'ani:value'],
    ['one of two ids', [customer, order], order, 'orderId:value'],
    ['one of two numbers', [phone, callback], callback, 'callback:value'],
  ])('names the input of %s', (_, inputs, input, hashed) => {
    expect(`${identityPrefix(inputs, input)}value`).toBe(hashed);
  });
});
