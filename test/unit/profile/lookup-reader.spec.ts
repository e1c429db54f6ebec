import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FieldConfig, LookupConfig } from '../../../src/config/sections/lookups/lookup-config.js';
import { SystemClock } from '../../../src/kernel/clock.js';
import type { HttpAnswer } from '../../../src/origins/http/http-request.js';
import { wholeAnswerCheck } from '../../../src/modules/profile/internal/answer-shape.js';
import { LookupReader, planOf } from '../../../src/modules/profile/internal/lookup-reader.js';
import { ReadingThreads } from '../../../src/modules/profile/internal/reading/reading-threads.js';

const FIELDS = new Map<string, FieldConfig>([
  ['name', { type: 'string', from: '$join([first, last], " ")', default: 'unknown' }],
  ['queue', { type: 'string', from: '$lookup({"Enterprise":"first"}, tier)', default: 'last' }],
  ['shout', { type: 'string', from: '$uppercase(first)', default: '' }],
  ['orders', { type: 'integer', from: '$count(orders)', default: 0 }],
  ['balance', { type: 'number', from: '$sum(orders.price)', default: 0 }],
]);
const ADA = { first: 'Ada', last: 'Lovelace', tier: 'Enterprise', orders: [{ price: 1.25 }, { price: 2.5 }] };

type Declared = Partial<Pick<LookupConfig['origin'], 'record' | 'follow' | 'failWhen'>> & {
  readonly fields?: ReadonlyMap<string, FieldConfig>;
};

function lookupWith({ fields = FIELDS, ...origin }: Declared): LookupConfig {
  const rules = { record: undefined, follow: undefined, failWhen: undefined, notFoundWhen: undefined, ...origin };
  return {
    name: 'customer',
    description: '',
    key: [{ input: 'ani', kind: 'phone' }],
    origin: {
      system: 'crm',
      method: 'GET',
      path: '/customers',
      query: new Map(),
      body: undefined,
      headers: {},
      ...rules,
    },
    customerId: 'id',
    fields,
    cache: { ttlMs: 1, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0, invalidatedWithinMs: 10_000 },
    priority: 'ivr',
    prewarm: [],
    limits: { maxPerSecond: undefined, maxConcurrent: undefined, maxCalls: undefined },
    secrets: [],
  };
}

const opened: ReadingThreads[] = [];
afterAll(() => Promise.all(opened.map((threads) => threads.close())));

function readerOf(declared: Declared = {}): LookupReader {
  const config = lookupWith(declared);
  const threads = new ReadingThreads([planOf(config)], new SystemClock());
  opened.push(threads);
  return new LookupReader(config, 0, threads);
}

const jsonAnswer = (body: unknown): HttpAnswer => ({ status: 200, headers: {}, text: JSON.stringify(body) });

async function answer(reader: LookupReader, body: unknown): Promise<string | undefined> {
  const read = await reader.interpret(jsonAnswer(body), LookupReader.budget());
  if (read.kind !== 'answer') return undefined;
  return reader.project(read.value as Parameters<LookupReader['project']>[0]).text;
}

async function fieldsOf(reader: LookupReader, body: unknown): Promise<Record<string, unknown>> {
  return JSON.parse((await answer(reader, body)) ?? '{}') as Record<string, unknown>;
}

describe('a reader of answers', () => {
  const reader = readerOf();
  const shared = { contactFound: true, queue: 'first', shout: 'ADA', orders: 2, balance: 3.75 };

  it('computes the fields from the record', async () => {
    expect(await fieldsOf(reader, ADA)).toEqual({ ...shared, name: 'Ada Lovelace' });
  });

  it('uses the default of a field whose expression fails, and computes the other fields', async () => {
    const odd = { ...ADA, first: 5, orders: [{ price: 'free' }] };
    expect(await fieldsOf(reader, odd)).toMatchObject({ contactFound: true, queue: 'first', shout: '', orders: 1 });
  });

  it('replaces only the long texts by defaults when an answer would be too large', async () => {
    expect(await fieldsOf(reader, { ...ADA, last: 'x'.repeat(40_000) })).toEqual({ ...shared, name: 'unknown' });
  });

  it('writes at most 31,000 bytes, and an answer that passes its check', async () => {
    const lengths = fc.nat({ max: 40_000 });
    await fc.assert(
      fc.asyncProperty(lengths, fc.constantFrom('x', 'ß', '愛', '"', '\u0001'), async (length, letter) => {
        const long = letter.repeat(length);
        const text = (await answer(reader, { ...ADA, first: long, last: long })) ?? '';
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(31_000);
        expect(wholeAnswerCheck(FIELDS)(text)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('writes a complete answer, or none, for any JSON of an origin', async () => {
    const first = readerOf({ record: 'results[0]' });
    const isReadable = (text: string | undefined): boolean => text === undefined || wholeAnswerCheck(FIELDS)(text);
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), async (json) => {
        expect(isReadable(await answer(reader, json))).toBe(true);
        expect(isReadable(await answer(first, { results: json }))).toBe(true);
      }),
    );
  });

  it('gives the same answer in the main thread and in another thread', async () => {
    const elsewhere = readerOf({ failWhen: '$contains("a", /b/)' });
    expect([reader.needsThread, elsewhere.needsThread]).toEqual([false, true]);
    const { kind: _, ...rest } = { kind: '', ...ADA };
    for (const body of [rest, [rest], { ...rest, first: null }, { ...rest, orders: 'x' }, [], {}, [1, 2], 'text', null])
      expect(await answer(elsewhere, body)).toEqual(await answer(reader, body));
  });

  it.each([
    ['the id of another', { id: 'm', canonicalContact: { id: 'c' } }, { kind: 'replaced', id: 'c' }],
    ['its own id', { id: 'c', canonicalContact: { id: 'c' } }, { kind: 'record' }],
    ['no id', { id: 'a' }, { kind: 'record' }],
    ['an id that is an object', { id: 'a', canonicalContact: { id: { x: 1 } } }, { kind: 'record' }],
  ])('reads that another record replaces a record with %s', async (_what, record, expected) => {
    const merged = readerOf({ follow: { id: 'canonicalContact.id[$ != $$.id]', path: '/customers/{id}' } });
    const read = await merged.interpret(jsonAnswer(record), LookupReader.budget());
    expect(read).toMatchObject({ kind: 'answer', value: expected });
  });
});

describe('the threads of a reader', () => {
  const BACKTRACKING = '$contains(first, /^(a+)+b$/)';
  const hostile = { first: 'a'.repeat(10_000) };

  it('refuse more answers of a lookup than may wait, and are at most two', async () => {
    const threads = new ReadingThreads([planOf(lookupWith({ record: `${BACKTRACKING} ? $ : $` }))], new SystemClock());
    opened.push(threads);
    const job = { plan: 0, ...jsonAnswer(hostile), successorOf: undefined };
    const readings = await Promise.all(
      Array.from({ length: 80 }, (_, at) => {
        if (at % 10 === 0) expect(threads.size).toBeLessThanOrEqual(2);
        return threads.read(job, { leftMs: 50 });
      }),
    );
    const busy = readings.filter((reading) => reading.kind === 'failed' && reading.reason === 'expression_busy');
    expect(busy.length).toBeGreaterThanOrEqual(15);
    expect(threads.size).toBeLessThanOrEqual(2);
  });

  it('share the time of a record with its successor', async () => {
    const threads = new ReadingThreads([planOf(lookupWith({ record: `${BACKTRACKING} ? $ : $` }))], new SystemClock());
    opened.push(threads);
    const budget = { leftMs: 60 };
    const job = { plan: 0, ...jsonAnswer(hostile), successorOf: undefined };
    expect(await threads.read(job, budget)).toEqual({ kind: 'failed', reason: 'expression_timeout' });
    expect(budget.leftMs).toBeLessThan(1);
  });

  it('end with their process, and their readings fail', async () => {
    const threads = new ReadingThreads([planOf(lookupWith({ record: `${BACKTRACKING} ? $ : $` }))], new SystemClock());
    const reading = threads.read({ plan: 0, ...jsonAnswer(hostile), successorOf: undefined }, { leftMs: 60_000 });
    await threads.warmUp();
    await threads.close();
    expect((await reading).kind).toBe('failed');
    expect(threads.size).toBe(0);
  });
});
