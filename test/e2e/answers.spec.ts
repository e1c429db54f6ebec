import { describe, expect, it } from '@jest/globals';
import { ADA, ADA_ANSWER, DEFAULT_ANSWER } from '../support/declaration.js';
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
  it('comes from the origin first, and from the cache afterwards', async () => {
    const ani = newPhone();
    const first = await stage.ask({ ani });
    const again = await stage.askUntil('cache', { ani });

    expect(first.status).toBe(200);
    expect(first.headers['x-cache']).toBe('MISS');
    expect(first.json).toEqual({ ...ADA_ANSWER, ...cameAbout('origin', false) });
    expect(again.status).toBe(200);
    expect(again.headers['x-cache']).toBe('HIT');
    expect(again.json).toEqual({ ...ADA_ANSWER, ...cameAbout('cache', true) });
    expect(stage.origin.count).toBe(1);
  });

  it('is JSON, and nothing that a proxy may keep', async () => {
    const { headers } = await stage.ask({ ani: newPhone() });

    expect(headers['content-type']).toMatch(/^application\/json\b/);
    expect(headers['cache-control']).toMatch(/no-store/);
  });

  it('tells how long it took, in whole milliseconds', async () => {
    const { json, elapsedMs } = await stage.ask({ ani: newPhone() });

    expect(Number.isInteger(json?.latencyMs)).toBe(true);
    expect(json?.latencyMs).toBeGreaterThanOrEqual(0);
    expect(json?.latencyMs).toBeLessThanOrEqual(Math.ceil(elapsedMs));
  });

  it('has the same keys of the same types however it came about', async () => {
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

  it('holds the declared fields of a record, and nothing else of it', async () => {
    stage.origin.answer({ results: [{ ...ADA, cardNumber: '4111111111111111', contactFound: false, source: 'crm' }] });
    const { json, text } = await stage.ask({ ani: newPhone() });

    expect(json).toMatchObject({ contactFound: true, source: 'origin' });
    expect(text).not.toContain('4111');
  });

  it('gives every script through unharmed, from the origin and from the cache', async () => {
    const ani = newPhone();
    const lastName = 'Ľovelace "die Erste" \\ \u2028 愛達 👩‍💻 \u0000';
    stage.origin.answer({ results: [{ ...ADA, lastName }] });
    const first = await stage.ask({ ani });
    const again = await stage.askUntil('cache', { ani });

    for (const { json } of [first, again]) expect(json).toMatchObject({ displayName: `Ada ${lastName}` });
  });

  it('is one for all who ask at the same time', async () => {
    const ani = newPhone();
    const hold = stage.origin.hold();
    const asked = Array.from({ length: 30 }, () => stage.ask({ ani }));
    await hold.arrived(1);
    hold.open();

    for (const { json } of await Promise.all(asked)) expect(json).toMatchObject(ADA_ANSWER);
    expect(stage.origin.count).toBe(1);
  });
});

describe('a field', () => {
  it.each([
    ['lacks it', {}],
    ['has null in it', { text: null, flag: null, whole: null, amount: null }],
    ['has another type in it', { text: 5, flag: 'true', whole: '7', amount: '12.50' }],
    ['has the other of two close types in it', { text: true, flag: 1, whole: 1.5, amount: true }],
    ['has something nested in it', { text: ['a', 'b'], flag: {}, whole: [1, 2], amount: { value: 1 } }],
    ['has an integer beyond what is exact in it', { whole: 2 ** 53 }],
  ])('takes its default where the record %s', async (_, record) => {
    stage.origin.answer({ id: 'someone', ...record });
    const { json } = await stage.ask({ ani: newPhone() }, { lookup: 'typed' });

    expect(json).toMatchObject({ contactFound: true, ...TYPED_DEFAULTS });
  });

  it.each([
    ['usual', { text: 'x', flag: false, whole: -3, amount: 0.25 }],
    ['empty', { text: '', flag: false, whole: 0, amount: 0 }],
    ['extreme', { text: 'x'.repeat(10_000), flag: true, whole: Number.MIN_SAFE_INTEGER, amount: 1e300 }],
  ])('holds %s values of its type as they are', async (_, record) => {
    const ani = newPhone();
    stage.origin.answer(record);
    const { json } = await stage.ask({ ani }, { lookup: 'typed' });

    expect(json).toMatchObject({ contactFound: true, ...record });
  });
});

describe('a caller unknown to the origin', () => {
  it('gets the defaults, which are remembered', async () => {
    const ani = newPhone();
    stage.origin.answer({ results: [] });
    const first = await stage.ask({ ani });
    const again = await stage.askUntil('cache', { ani });

    expect(first.status).toBe(200);
    expect(first.headers['x-cache']).toBe('MISS');
    expect(first.json).toEqual({ ...DEFAULT_ANSWER, ...cameAbout('origin', false) });
    expect(again.headers['x-cache']).toBe('HIT');
    expect(again.json).toEqual({ ...DEFAULT_ANSWER, ...cameAbout('cache', true) });
    expect(stage.origin.count).toBe(1);
  });

  it.each([
    ['404', () => stage.origin.answer(() => Answer.json({ error: 'nobody' }, 404))],
    ['404 without JSON', () => stage.origin.answer(() => new Answer(404, {}, 'Not Found'))],
    ['an empty answer', () => stage.origin.answer(() => new Answer(204, {}, ''))],
    ['null', () => stage.origin.answer(null)],
  ])('is one of whom the origin says %s', async (_, said) => {
    said();
    const { status, json } = await stage.ask({ customerId: newPhone() }, { lookup: 'profile' });

    expect(status).toBe(200);
    expect(json).toEqual({ ...DEFAULT_ANSWER, ...cameAbout('origin', false) });
  });

  it.each([{ results: null }, { results: [null] }, {}, { other: [ADA] }])(
    'is one whose record is not in %j',
    async (body) => {
      stage.origin.answer(body);
      const { json } = await stage.ask({ ani: newPhone() });

      expect(json).toEqual({ ...DEFAULT_ANSWER, ...cameAbout('origin', false) });
    },
  );
});

describe('a question that identifies nobody', () => {
  it.each([
    ['no input', {}],
    ['inputs that are no keys', { queue: 'sales', customerId: 'c-17' }],
    ['empty and null inputs', { ani: '', email: null }],
    ['blank inputs', { ani: '   ', email: '\t' }],
    ['values of another kind', { ani: 'anonymous', email: 'not an address' }],
    ['a number longer than any', { ani: '+1234567890123456' }],
  ])('with %s is answered at once, without the origin', async (_, inputs) => {
    const { status, headers, json } = await stage.ask(inputs);

    expect(status).toBe(200);
    expect(headers['x-cache']).toBe('MISS');
    expect(json).toEqual({ ...DEFAULT_ANSWER, ...cameAbout('none', false), error: 'no_lookup_key' });
    expect(stage.origin.count).toBe(0);
  });
});

function cameAbout(source: string, cacheHit: boolean) {
  return { source, cacheHit, latencyMs: expect.any(Number), error: '' };
}
