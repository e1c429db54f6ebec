import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WITHHELD } from '../../../../src/config/phone/bare-number.js';
import type { Country } from '../../../../src/config/phone/country.js';
import { international, national, nationalDigits } from '../../../../src/config/phone/format-phone.js';
import { isE164, readPhone } from '../../../../src/config/phone/read-phone.js';

/** Every way in which platforms, CRMs and people write +1 555 123 4567. */
const SPELLINGS = [
  '+15551234567',
  '15551234567',
  ' 15551234567',
  '5551234567',
  '(555) 123-4567',
  '1-555-123-4567',
  '555.123.4567',
  '+1 [555] 123 ~ 4567',
  'tel:+1-555-123-4567',
  'tel:+1-555-123-4567;ext=5',
  'TEL:%2B15551234567',
  'sip:+15551234567@host;user=phone',
  'sips:5551234567@10.0.0.1:5061',
  '<sip:+15551234567@host;user=phone>',
  '"Ada <3" <sip:+15551234567@host>;tag=7',
  '+1 555 123 4567 x 123',
  '(555) 123-4567 ext. 5',
  '555-123-4567 Extension: 17',
  '555-123-4567 #9',
  '+1 (0)555 123 4567',
  '+1\u00a0555\u00a0123\u00a04567',
  '(555)\u202f123\u20114567',
  '\u202a+15551234567\u202c',
  '\u200e(555) 123-4567\u200f',
  '\uff0b\uff11\uff15\uff15\uff15\uff11\uff12\uff13\uff14\uff15\uff16\uff17',
  '\uff08\uff15\uff15\uff15\uff09\uff11\uff12\uff13\u30fc\uff14\uff15\uff16\uff17',
  '%2B15551234567',
  '%252B1%20555%20123%204567',
  '0015551234567',
  '011 1 555 123 4567',
];

describe('a phone number in a country', () => {
  it.each(SPELLINGS)('is one caller in every spelling: %j', (text) => {
    expect(readPhone(text, 'US')).toBe('15551234567');
  });

  it.each<[string, Country | undefined, string]>([
    ['0044 20 7946 0958', 'US', '442079460958'],
    ['011 44 20 7946 0958', 'US', '442079460958'],
    ['+44 (0)20 7946 0958', 'US', '442079460958'],
    ['+44 (0)20 7946 0958', undefined, '442079460958'],
    ['020 7946 0958', 'GB', '442079460958'],
    ['(020) 7946 0958', 'GB', '442079460958'],
    ['442079460958', 'GB', '442079460958'],
    ['442079460958', 'US', '442079460958'],
    ['011 44 20 7946 0958', 'GB', '442079460958'],
    ['15551234567', 'GB', '15551234567'],
    [' 15551234567', 'DE', '15551234567'],
    ['030 1234', 'DE', '49301234'],
    ['06 698 12345', 'IT', '390669812345'],
    ['+39 (0)6 698 12345', 'US', '390669812345'],
  ])('names the subscriber: %j in %s is %s', (text, country, digits) => {
    expect(readPhone(text, country)).toBe(digits);
  });

  it.each(['5551234', '020 7946 0958', '15550001', '555123456789012', '+1 800 FLOWERS', '5551234567, 5551234568'])(
    'has a length that is possible in the country, so %j is none',
    (text) => {
      expect(readPhone(text, 'US')).toBeUndefined();
    },
  );

  it.each<Country | undefined>(['US', 'GB', 'DE', undefined])('is no short code and no extension in %s', (country) => {
    for (const text of ['911', '112', '0', '999', '+911', 'sip:1001@10.0.0.1', 'sip:12345@pbx;user=phone', '116117'])
      expect([text, readPhone(text, country)]).toEqual([text, undefined]);
  });

  it('takes a number with + as it stands, with 7 to 15 digits', () => {
    for (const number of ['+15550001', '+1 555 0001', '+6834000', '+999123456789012'])
      expect(readPhone(number, 'US')).toBe(number.replace(/\D/g, ''));
    for (const number of ['+155500', '+9991234567890123', '++15551234567'])
      expect(readPhone(number, 'US')).toBeUndefined();
  });
});

describe('a withheld number', () => {
  it.each([
    'anonymous',
    'Anonymous',
    'Restricted',
    ' unavailable ',
    'UNKNOWN',
    'private',
    'No Caller ID',
    'sip:anonymous@anonymous.invalid',
    'sip:Restricted@gateway.example.com',
    '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1',
    '<sip:+15551234567@anonymous.invalid>',
    'tel:anonymous',
    '266696687',
    '+266696687',
    '266-696-687',
  ])('is recognised: %j', (text) => {
    for (const country of ['US', undefined] as const) expect(readPhone(text, country)).toBe(WITHHELD);
  });
});

describe('a reader of phone numbers', () => {
  it('takes plain E.164 for what it is, and nothing else', () => {
    for (const text of ['+15551234567', '+6834000', '+999123456789012']) expect(isE164(text)).toBe(true);
    for (const text of ['15551234567', '+0155512345', '+155500', '+1234567890123456', '+1555123456a', '+266696687', ''])
      expect(isE164(text)).toBe(false);
  });

  it('takes digits without a country as they stand, with and without punctuation', () => {
    for (const text of ['02079460958', '020 7946 0958', '15551234567', '1234567'])
      expect(readPhone(text, undefined)).toBe(text.replaceAll(' ', ''));
    for (const text of ['123456', '1234567890123456']) expect(readPhone(text, undefined)).toBeUndefined();
  });

  it('gives for any text nothing, or digits that it reads to themselves', () => {
    const signs = fc.constantFrom(...'0123456789+-() .x#<>@;:%B2tel sipext/'.split(''), '\u00a0', '\u202a', '\uff11');
    const texts = fc.oneof(fc.string({ unit: signs, maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 320 }));
    const countries = fc.constantFrom<Country | undefined>('US', 'GB', 'DE', 'IT', undefined);
    fc.assert(
      fc.property(texts, countries, (text, country) => {
        const reading = readPhone(text, country);
        if (typeof reading !== 'string') return;
        expect(reading).toMatch(/^\d{7,15}$/);
        if (!reading.startsWith('0')) expect(readPhone(`+${reading}`, country)).toBe(reading);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a format of a phone number', () => {
  it.each([
    ['+15551234567', '(555) 123-4567', '+1 555 123 4567', '5551234567'],
    ['+442079460958', '020 7946 0958', '+44 20 7946 0958', '2079460958'],
    ['+390669812345', '06 6981 2345', '+39 06 6981 2345', '0669812345'],
    ['+9991000000', '+9991000000', '+9991000000', '9991000000'],
  ])('writes %s as the country does', (number, inCountry, abroad, digits) => {
    expect([national(number), international(number), nationalDigits(number)]).toEqual([inCountry, abroad, digits]);
  });

  it.each([
    ['+12079460958', '(207) 946-0958', '2079460958'],
    ['+442079460958', '+44 20 7946 0958', '442079460958'],
    ['+9991000000', '+9991000000', '9991000000'],
  ])('keeps the country code of %s unless it is that of the own country', (number, written, digits) => {
    expect([national(number, 'US'), nationalDigits(number, 'US')]).toEqual([written, digits]);
  });
});
