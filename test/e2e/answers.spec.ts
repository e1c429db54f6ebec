import { describe, expect, it } from '@jest/globals';
import { ADA, ADA_ANSWER, DEFAULT_ANSWER } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { Answer } from '../support/origin-replies.js';
import { newPhone, onStage, shapeOf } from './stage.js';

const TYPED = {
  key: [{ input: 'ani', kind: 'phone' }],
  origin: { system: 'crm', path: '/typed', query: { phone: '{ani}' } },
  fields: {
    text: { type: 'string', default: 'none' },
    flag: { type: 'boolean', default: true },
    whole: { type: 'integer', default: 7 },
    amount: { type: 'number', default: 1.5 },
  },
};
const TYPED_DEFAULTS = { text: 'none', flag: true, whole: 7, amount: 1.5 };

const stage = onStage({ lookups: { typed: TYPED } });

describe('an answer', () => {
  it('answers the first request from the origin and the next one from the cache', async () => {
    const ani = newPhone();
    const first = await stage.ask({ ani });
    const again = await stage.askUntil('cache', { ani });

    expect(first.status).toBe(200);
    expect(first.headers['x-cache']).toBe('MISS');
    expect(first.json).toEqual({ ...ADA_ANSWER, ...metaOf('origin', false) });
    expect(again.status).toBe(200);
    expect(again.headers['x-cache']).toBe('HIT');
    expect(again.json).toEqual({ ...ADA_ANSWER, ...metaOf('cache', true) });
    expect(stage.origin.count).toBe(1);
  });

  it('sends the answer as JSON that no proxy may store', async () => {
    const { headers } = await stage.ask({ ani: newPhone() });

    expect(headers['content-type']).toMatch(/^application\/json\b/);
    expect(headers['cache-control']).toMatch(/no-store/);
  });

  it('reports its latency in whole milliseconds', async () => {
    const { json, elapsedMs } = await stage.ask({ ani: newPhone() });

    expect(Number.isInteger(json?.latencyMs)).toBe(true);
    expect(json?.latencyMs).toBeGreaterThanOrEqual(0);
    expect(json?.latencyMs).toBeLessThanOrEqual(Math.ceil(elapsedMs));
  });

  it('has the same keys and types from every source', async () => {
    const ani = newPhone();
    const found = await stage.ask({ ani });
    const cached = await stage.askUntil('cache', { ani });
    const none = await stage.ask({});
    stage.origin.answer({ results: [] });
    const notFound = await stage.ask({ ani: newPhone() });
    stage.origin.fail(500);
    const degraded = await stage.ask({ ani: newPhone() });

    expect(shapeOf(found)).toEqual([
      ['contactFound', 'boolean'],
      ['customerId', 'string'],
      ['displayName', 'string'],
      ['tier', 'string'],
      ['source', 'string'],
      ['cacheHit', 'boolean'],
      ['latencyMs', 'number'],
      ['error', 'string'],
    ]);
    for (const other of [cached, none, notFound, degraded]) expect(shapeOf(other)).toEqual(shapeOf(found));
  });

  it('contains the declared fields of a record and no other data of the record', async () => {
    stage.origin.answer({ results: [{ ...ADA, cardNumber: '4111111111111111', contactFound: false, source: 'crm' }] });
    const { json, text } = await stage.ask({ ani: newPhone() });

    expect(json).toMatchObject({ contactFound: true, source: 'origin' });
    expect(text).not.toContain('4111');
  });

  it('returns every script unchanged, from the origin and from the cache', async () => {
    const ani = newPhone();
    const lastName = 'Ľovelace "die Erste" \\ \u2028 愛達 👩‍💻 \u0000';
    stage.origin.answer({ results: [{ ...ADA, lastName }] });
    const first = await stage.ask({ ani });
    const again = await stage.askUntil('cache', { ani });

    for (const { json } of [first, again]) expect(json).toMatchObject({ displayName: `Ada ${lastName}` });
  });

  it('shares one call to the origin between concurrent requests for one customer', async () => {
    const ani = newPhone();
    const hold = stage.origin.hold();
    const requests = Array.from({ length: 30 }, () => stage.ask({ ani }));
    await hold.arrived(1);
    hold.open();

    for (const { json } of await Promise.all(requests)) expect(json).toMatchObject(ADA_ANSWER);
    expect(stage.origin.count).toBe(1);
  });
});

describe('a field', () => {
  it.each([
    ['lacks the field', {}],
    ['has null in the field', { text: null, flag: null, whole: null, amount: null }],
    ['has another type in the field', { text: 5, flag: 'yes', whole: 'seven', amount: '$12.50' }],
    ['has a similar type in the field', { text: true, flag: 1, whole: 1.5, amount: true }],
    ['has a nested value in the field', { text: ['a', 'b'], flag: {}, whole: [1, 2], amount: { value: 1 } }],
    ['has an integer beyond the safe range in the field', { whole: 2 ** 53 }],
  ])('returns the default of a field when the record %s', async (_, record) => {
    stage.origin.answer({ id: 'someone', ...record });
    const { json } = await stage.ask({ ani: newPhone() }, { lookup: 'typed' });

    expect(json).toMatchObject({ contactFound: true, ...TYPED_DEFAULTS });
  });

  it.each([
    ['usual', { text: 'x', flag: false, whole: -3, amount: 0.25 }],
    ['empty', { text: '', flag: false, whole: 0, amount: 0 }],
    ['extreme', { text: 'x'.repeat(10_000), flag: true, whole: Number.MIN_SAFE_INTEGER, amount: 1e300 }],
  ])('returns %s values of the declared type unchanged', async (_, record) => {
    const ani = newPhone();
    stage.origin.answer(record);
    const { json } = await stage.ask({ ani }, { lookup: 'typed' });

    expect(json).toMatchObject({ contactFound: true, ...record });
  });
});

describe('a field with a value of another type', () => {
  it('converts text that plainly holds the declared type', async () => {
    stage.origin.answer({ text: '12.50', flag: 'False', whole: '7', amount: '1,234.50' });
    const { json } = await stage.ask({ ani: newPhone() }, { lookup: 'typed' });

    expect(json).toMatchObject({ text: '12.50', flag: false, whole: 7, amount: 1234.5 });
  });

  it('is counted by reason and logged without its value, and an absent value is not', async () => {
    stage.origin.answer({ text: ['Lovelace'], flag: 'maybe', whole: null, amount: { value: 41_111 } });
    await stage.ask({ ani: newPhone() }, { lookup: 'typed' });
    const { text } = await stage.get('/metrics');
    const counted = (field: string, reason: string): RegExp =>
      new RegExp(`^datadip_field_defaults_total\\{lookup="typed",field="${field}",reason="${reason}"\\} [1-9]`, 'm');

    expect(text).toMatch(counted('text', 'several_values'));
    expect(text).toMatch(counted('flag', 'not_plain'));
    expect(text).toMatch(counted('amount', 'wrong_type'));
    const lines = await eventually(() => {
      const found = stage.app.logs.filter(({ msg }) => msg === 'records lack declared values');
      expect(found).toHaveLength(1);
      return found;
    });
    expect(JSON.stringify(lines)).not.toMatch(/Lovelace|41111|maybe/);
  });
});

describe('a caller unknown to the origin', () => {
  it('answers an unknown caller with the defaults and stores that answer', async () => {
    const ani = newPhone();
    stage.origin.answer({ results: [] });
    const first = await stage.ask({ ani });
    const again = await stage.askUntil('cache', { ani });

    expect(first.status).toBe(200);
    expect(first.headers['x-cache']).toBe('MISS');
    expect(first.json).toEqual({ ...DEFAULT_ANSWER, ...metaOf('origin', false) });
    expect(again.headers['x-cache']).toBe('HIT');
    expect(again.json).toEqual({ ...DEFAULT_ANSWER, ...metaOf('cache', true) });
    expect(stage.origin.count).toBe(1);
  });

  it.each([
    ['404', () => stage.origin.answer(() => Answer.json({ error: 'unknown' }, 404))],
    ['an empty answer', () => stage.origin.answer(() => new Answer(204, {}, ''))],
    ['null', () => stage.origin.answer(null)],
  ])('treats the caller as unknown when the origin answers %s', async (_, answer) => {
    answer();
    const { status, json } = await stage.ask({ customerId: newPhone() }, { lookup: 'profile' });

    expect(status).toBe(200);
    expect(json).toEqual({ ...DEFAULT_ANSWER, ...metaOf('origin', false) });
  });

  it.each([{ results: null }, { results: [null] }, {}, { other: [ADA] }])(
    'treats the caller as unknown when the origin answers %j, without a record',
    async (body) => {
      stage.origin.answer(body);
      const { json } = await stage.ask({ ani: newPhone() });

      expect(json).toEqual({ ...DEFAULT_ANSWER, ...metaOf('origin', false) });
    },
  );
});

describe('a request without a usable key', () => {
  it.each([
    ['no input', {}],
    ['inputs that are not keys', { queue: 'sales', customerId: 'c-17' }],
    ['empty and null inputs', { ani: '', email: null }],
    ['blank inputs', { ani: '   ', email: '\t' }],
    ['values of another kind', { ani: 'not a number', email: 'not an address' }],
    ['a number longer than any phone number', { ani: '+1234567890123456' }],
  ])('answers a request with %s at once, without a call to the origin', async (_, inputs) => {
    const { status, headers, json } = await stage.ask(inputs);

    expect(status).toBe(200);
    expect(headers['x-cache']).toBe('MISS');
    expect(json).toEqual({ ...DEFAULT_ANSWER, ...metaOf('none', false), error: 'no_lookup_key' });
    expect(stage.origin.count).toBe(0);
  });
});

function metaOf(source: string, cacheHit: boolean) {
  return { source, cacheHit, latencyMs: expect.any(Number), error: '' };
}
