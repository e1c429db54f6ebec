import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { KeyInput, KeyKind } from '../../../src/config/sections/lookups/lookup-config.js';
import { WITHHELD } from '../../../src/config/phone/bare-number.js';
import { identityPrefix, normalize as normalizeInput } from '../../../src/modules/profile/internal/normalize.js';

const normalize = (kind: KeyKind, text: string) => {
  const value = normalizeInput({ kind }, text);
  return value === WITHHELD ? 'withheld' : value;
};

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
  ])('normalizes every spelling of a phone number to its digits: %j', (text) => {
    expect(normalize('phone', text)).toEqual({ identity: '15550001', atOrigin: '+15550001' });
  });

  it.each([
    '',
    '   ',
    '+',
    'tel:',
    '911',
    '+911',
    'sip:1001@10.0.0.1',
    '1555A0001',
    '++15550001',
    '1+5550001',
    '15550001x12345678',
    '1234567890123456',
    '١٥٥٥٠٠٠١',
    '15550001,15550002',
  ])('accepts no phone number in %j', (text) => {
    expect(normalize('phone', text)).toBeUndefined();
  });

  it('accepts a phone number with the 15 digits of E.164', () => {
    expect(normalize('phone', '+123456789012345')).toEqual({
      identity: '123456789012345',
      atOrigin: '+123456789012345',
    });
  });

  it('takes the digits of a number without a country as they stand', () => {
    const spellings = fc.stringMatching(/^ ?(tel:)?[1-9](?:[ .-]?[0-9]){6,14}$/);
    fc.assert(
      fc.property(spellings, (text) => {
        const digits = text.replace(/\D/g, '');
        fc.pre(digits !== '266696687');
        expect(normalize('phone', text)).toEqual({ identity: digits, atOrigin: `+${digits}` });
        expect(normalize('phone', `+${digits}`)).toEqual({ identity: digits, atOrigin: `+${digits}` });
      }),
    );
  });

  it.each(['anonymous', 'sip:anonymous@anonymous.invalid', 'unknown', 'Restricted', '266696687'])(
    'tells a withheld number from no number: %j',
    (text) => {
      expect(normalize('phone', text)).toBe('withheld');
      expect(normalize('id', text)).toEqual({ identity: text, atOrigin: text });
    },
  );
});

describe('an e-mail address', () => {
  it.each(['ada@example.com', ' Ada@Example.COM ', 'ADA@EXAMPLE.COM\n'])(
    'trims an e-mail address and converts it to lower case: %j',
    (text) => {
      expect(normalize('email', text)).toEqual({ identity: 'ada@example.com', atOrigin: 'ada@example.com' });
    },
  );

  it.each([
    '',
    'ada',
    '@example.com',
    'ada@',
    'a@b@c',
    'ada lovelace@example.com',
    'ada@example.com,bob@example.com x',
  ])('accepts no e-mail address in %j', (text) => {
    expect(normalize('email', text)).toBeUndefined();
  });
});

describe('an id', () => {
  it.each(['c-17', '  c-17\t', '17', 'Ünï/..?#', 'two words'])('trims an id and changes nothing else: %j', (text) => {
    expect(normalize('id', text)).toEqual({ identity: text.trim(), atOrigin: text.trim() });
  });

  it('refuses an id that is too long instead of truncating it', () => {
    expect(normalize('id', 'x'.repeat(320))).toBeDefined();
    expect(normalize('id', 'x'.repeat(321))).toBeUndefined();
  });

  it('refuses an id with a lone surrogate', () => {
    expect(normalize('id', 'c-\ud800')).toBeUndefined();
  });
});

describe('the hashed identity', () => {
  const phone: KeyInput = { input: 'ani', kind: 'phone' };
  const email: KeyInput = { input: 'email', kind: 'email' };
  const customer: KeyInput = { input: 'customerId', kind: 'id' };
  const order: KeyInput = { input: 'orderId', kind: 'id' };
  const callback: KeyInput = { input: 'callback', kind: 'phone' };

  it.each([
    ['of the only phone number', [phone], phone],
    ['of a phone number next to an e-mail address', [phone, email], phone],
    ['of an e-mail address next to a phone number', [phone, email], email],
    ['of the only id', [customer], customer],
  ])('hashes the bare value %s', (_, inputs, input) => {
    expect(identityPrefix(inputs, input)).toBe('');
  });

  it.each([
    ['an id next to a phone number', [phone, customer], customer, 'customerId:value'],
    ['a phone number next to an id', [phone, customer], phone, 'ani:value'],
    ['an id next to another id', [customer, order], order, 'orderId:value'],
    ['a phone number next to another', [phone, callback], callback, 'callback:value'],
  ])('hashes the input name with %s', (_, inputs, input, hashed) => {
    expect(`${identityPrefix(inputs, input)}value`).toBe(hashed);
  });
});
