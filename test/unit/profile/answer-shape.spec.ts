import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type {
  FieldConfig,
  FieldValue,
  LookupConfig,
  OriginConfig,
} from '../../../src/config/sections/lookups/lookup-config.js';
import { formatFit } from '../../../src/contracts/answer-format.js';
import {
  answerConverter,
  answerText,
  defaultAnswer,
  fitsType,
  answerFormat,
  wholeAnswerCheck,
} from '../../../src/modules/profile/internal/answer-shape.js';

const NAME_FIELD: FieldConfig = { type: 'string', from: 'name', default: 'unknown' };
const FIELDS = new Map<string, FieldConfig>([
  ['name', NAME_FIELD],
  ['vip', { type: 'boolean', from: 'vip', default: false }],
  ['orders', { type: 'integer', from: 'orders', default: 0 }],
  ['balance', { type: 'number', from: 'balance', default: 0.5 }],
]);
const readable = wholeAnswerCheck(FIELDS);

const values = fc.record({
  name: fc.string({ unit: 'binary' }),
  vip: fc.boolean(),
  orders: fc.maxSafeInteger(),
  balance: fc.double({ noNaN: true, noDefaultInfinity: true }),
});
const textOf = (found: boolean, given: Record<string, FieldValue>): string =>
  answerText(found, new Map(Object.entries(given)));

describe('the text of an answer', () => {
  it('writes `contactFound` first and the fields in the declared order', () => {
    expect(defaultAnswer(FIELDS)).toBe('{"contactFound":false,"name":"unknown","vip":false,"orders":0,"balance":0.5}');
  });

  it('accepts every answer text it has written', () => {
    fc.assert(
      fc.property(fc.boolean(), values, (found, given) => {
        expect(readable(textOf(found, given))).toBe(true);
      }),
    );
  });

  it('refuses an answer text with a lost or changed field', () => {
    fc.assert(
      fc.property(
        values,
        fc.constantFrom(...FIELDS.keys()),
        fc.constantFrom(null, [], {}, undefined),
        (given, name, wrong) => {
          expect(readable(textOf(true, { ...given, [name]: wrong }))).toBe(false);
        },
      ),
    );
  });

  it('refuses an answer text truncated at any length', () => {
    const text = textOf(true, { name: 'Ada "{}"', vip: true, orders: 3, balance: -1.5 });
    for (let length = 0; length < text.length; length++) expect(readable(text.slice(0, length))).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['another value', 'null'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['a field of another type', '{"contactFound":true,"name":1,"vip":false,"orders":0,"balance":0.5}'],
    ['a fraction for an integer', '{"contactFound":true,"name":"","vip":false,"orders":0.5,"balance":0.5}'],
    ['a number beyond every double', '{"contactFound":true,"name":"","vip":false,"orders":0,"balance":1e999}'],
    ['no `contactFound`', '{"name":"","vip":false,"orders":0,"balance":0.5}'],
    ['a `contactFound` that is text', '{"contactFound":"true","name":"","vip":false,"orders":0,"balance":0.5}'],
    ['one field too many', '{"contactFound":true,"name":"","vip":false,"orders":0,"balance":0.5,"more":1}'],
    ['a field under another name', '{"contactFound":true,"Name":"","vip":false,"orders":0,"balance":0.5}'],
    ['leading space', ' {"contactFound":true,"name":"","vip":false,"orders":0,"balance":0.5}'],
    ['trailing space', '{"contactFound":true,"name":"","vip":false,"orders":0,"balance":0.5}\n'],
    ['more than 31,000 bytes', textOf(true, { name: 'x'.repeat(31_000), vip: true, orders: 0, balance: 0 })],
    ['a second object after it', '{"contactFound":true,"name":"","vip":false,"orders":0,"balance":0.5}{}'],
  ])('refuses an answer text with %s', (_, text) => {
    expect(readable(text)).toBe(false);
  });

  it('checks fields that have the names of object members', () => {
    const check = wholeAnswerCheck(new Map([['constructor', { type: 'string', from: 'x', default: '' } as const]]));

    expect(check('{"contactFound":true,"other":""}')).toBe(false);
    expect(check('{"contactFound":true,"constructor":""}')).toBe(true);
  });
});

describe('fitsType', () => {
  it.each<[FieldConfig['type'], unknown[], unknown[]]>([
    ['string', ['', 'x'], [0, true, null, undefined, [], {}]],
    ['boolean', [true, false], ['true', 0, 1, null, undefined]],
    ['integer', [0, -1, 2 ** 53 - 1], [1.5, 2 ** 53, NaN, Infinity, '1', true, null]],
    ['number', [0, -1.5, 1e300], [NaN, Infinity, '1', true, null, undefined]],
  ])('accepts values of type %s without conversion', (type, fitting, others) => {
    expect(fitting.map((value) => fitsType(type, value))).toEqual(fitting.map(() => true));
    expect(others.map((value) => fitsType(type, value))).toEqual(others.map(() => false));
  });
});

describe('an answer of another format', () => {
  const STORED = '{"contactFound":true,"gone":"x","balance":9007199254740993,"name":"Ada"}';
  const convert = answerConverter(FIELDS);

  it('keeps common fields, drops others, and gives new fields their defaults', () => {
    expect(convert(STORED)).toBe(
      '{"contactFound":true,"name":"Ada","vip":false,"orders":0,"balance":9007199254740993}',
    );
  });

  it('becomes an answer that is readable', () => {
    fc.assert(
      fc.property(fc.boolean(), values, fc.subarray([...FIELDS.keys()]), (found, given, kept) => {
        const fewer = Object.fromEntries(Object.entries(given).filter(([name]) => kept.includes(name)));
        expect(readable(convert(textOf(found, fewer)) ?? '')).toBe(true);
      }),
    );
  });

  it.each([
    ['a wrong type', '{"contactFound":true,"name":1}'],
    ['null', '{"contactFound":true,"name":null}'],
    ['no JSON', '{"contactFound":true,"name":}'],
    ['no `contactFound`', '{"name":"Ada"}'],
    ['a `contactFound` that is text', '{"contactFound":"true","name":"Ada"}'],
    ['a whole number beyond 2^53 for an integer', '{"contactFound":true,"orders":9007199254740993}'],
    ['more than 31,000 bytes', textOf(true, { name: 'x'.repeat(31_000) })],
    ['more than 31,000 bytes with the defaults', textOf(true, { name: 'x'.repeat(30_960) })],
  ])('is refused with %s', (_, text) => {
    expect(convert(text)).toBeUndefined();
  });
});

describe('the format of a stored answer', () => {
  const origin: OriginConfig = {
    system: 'crm',
    method: 'GET',
    path: '/customers',
    query: new Map([['phone', '{ani}']]),
    body: undefined,
    headers: {},
    record: 'results[0]',
    failWhen: undefined,
    notFoundWhen: undefined,
    follow: undefined,
  };
  const lookup: LookupConfig = {
    name: 'customer',
    description: 'Finds the customer',
    key: [{ input: 'ani', kind: 'phone' }],
    origin,
    customerId: 'id',
    fields: FIELDS,
    cache: { ttlMs: 1, staleMs: 2, notFoundTtlMs: 3, nearTtlMs: 4, invalidatedWithinMs: 300 },
    priority: 'ivr',
    prewarm: [],
    limits: { maxPerSecond: undefined, maxConcurrent: undefined, maxCalls: undefined },
    secrets: [],
  };

  it.each<[string, Partial<LookupConfig>]>([
    ['a type', { fields: new Map([...FIELDS, ['orders', { type: 'number', from: 'orders', default: 0 }]]) }],
    ['a default', { fields: new Map([...FIELDS, ['vip', { type: 'boolean', from: 'vip', default: true }]]) }],
    ['a path', { origin: { ...origin, path: '/people' } }],
    ['a query', { origin: { ...origin, query: new Map([['tel', '{ani}']]) } }],
    ['a body', { origin: { ...origin, body: { kind: 'json', value: { tel: '{ani}' } } } }],
    ['a header', { origin: { ...origin, headers: { accept: 'text/xml' } } }],
    ['its record', { origin: { ...origin, record: 'results[1]' } }],
    ['the record it follows', { origin: { ...origin, follow: { id: 'canonical', path: '/people/{id}' } } }],
    ['its customer id', { customerId: 'key' }],
  ])('makes earlier answers unusable when the declaration changes %s', (_, changes) => {
    expect(formatFit(answerFormat(lookup), answerFormat({ ...lookup, ...changes }))).toBe('none');
  });

  const formatWith = (...names: string[]): string =>
    answerFormat({ ...lookup, fields: new Map([...FIELDS].filter(([name]) => names.includes(name))) });

  it.each<[ReturnType<typeof formatFit>, string[], string[]]>([
    ['whole', ['name', 'vip', 'orders'], ['name', 'orders']],
    ['fewer', ['name', 'vip'], ['name', 'vip', 'balance']],
    ['mixed', ['name', 'vip'], ['name', 'balance']],
    ['none', ['name'], ['vip']],
  ])('says that an answer is %s', (fit, stored, wanted) => {
    expect(formatFit(formatWith(...stored), formatWith(...wanted))).toBe(fit);
  });

  it('tells 64 fields apart', () => {
    const fields = new Map(Array.from({ length: 64 }, (_, at) => [`field${at}`, { ...NAME_FIELD, from: `f${at}` }]));
    const format = answerFormat({ ...lookup, fields });
    expect(format).toHaveLength(19 + 64 * 8);
    expect(formatFit(format, answerFormat({ ...lookup, fields: new Map([...fields].slice(1)) }))).toBe('whole');
  });

  it.each<[string, Partial<LookupConfig>]>([
    ['its description', { description: 'Another text' }],
    [
      'the description of a field',
      {
        fields: new Map([...FIELDS, ['vip', { type: 'boolean', from: 'vip', default: false, description: 'A text' }]]),
      },
    ],
    ['its TTLs', { cache: { ttlMs: 9, staleMs: 9, notFoundTtlMs: 9, nearTtlMs: 9, invalidatedWithinMs: 900 } }],
    ['its priority', { priority: 'background' }],
  ])('keeps the format when the declaration changes %s', (_, changes) => {
    expect(answerFormat({ ...lookup, ...changes })).toBe(answerFormat(lookup));
  });
});
