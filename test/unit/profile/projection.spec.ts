import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FieldConfig, LookupConfig } from '../../../src/config/sections/lookups/lookup-config.js';
import { OriginFailure } from '../../../src/kernel/errors.js';
import { wholeAnswerCheck } from '../../../src/modules/profile/internal/answer-shape.js';
import { Projection } from '../../../src/modules/profile/internal/projection.js';

const FIELDS = new Map<string, FieldConfig>([
  ['name', { type: 'string', from: 'first & " " & last', default: 'unknown' }],
  ['queue', { type: 'string', from: '$lookup({"Enterprise":"first"}, tier)', default: 'last' }],
  ['shout', { type: 'string', from: '$uppercase(first)', default: '' }],
  ['orders', { type: 'integer', from: '$count(orders)', default: 0 }],
  ['balance', { type: 'number', from: '$sum(orders.price)', default: 0 }],
]);

interface Declared {
  readonly record?: string;
  readonly followed?: string;
  readonly fields?: ReadonlyMap<string, FieldConfig>;
  readonly customerId?: string;
}

function projection({ record, followed, fields = FIELDS, customerId }: Declared = {}): Projection {
  const origin: LookupConfig['origin'] = {
    system: 'crm',
    method: 'GET',
    path: '/customers',
    query: new Map(),
    body: undefined,
    record,
    follow: followed === undefined ? undefined : { id: followed, path: '/customers/{id}' },
  };
  return new Projection({
    name: 'customer',
    description: '',
    key: [{ input: 'ani', kind: 'phone' }],
    origin,
    customerId,
    fields,
    cache: { ttlMs: 1, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0 },
    priority: 'ivr',
    prewarm: [],
    limits: { maxPerSecond: undefined, maxConcurrent: undefined, maxCalls: undefined },
  });
}

async function answer(body: unknown, record?: string): Promise<Record<string, unknown>> {
  const projected = projection(record === undefined ? {} : { record });
  const { text } = await projected.project(await projected.record(body));
  return JSON.parse(text) as Record<string, unknown>;
}

const ADA = { first: 'Ada', last: 'Lovelace', tier: 'Enterprise', orders: [{ price: 1.25 }, { price: 2.5 }] };
const NOT_FOUND = { contactFound: false, name: 'unknown', queue: 'last', shout: '', orders: 0, balance: 0 };

describe('a projection', () => {
  it('computes the fields from the record', async () => {
    expect(await answer(ADA)).toEqual({
      contactFound: true,
      name: 'Ada Lovelace',
      queue: 'first',
      shout: 'ADA',
      orders: 2,
      balance: 3.75,
    });
  });

  it('uses the default of a field whose expression fails, and computes the other fields', async () => {
    expect(await answer({ ...ADA, first: 5, orders: [{ price: 'free' }] })).toMatchObject({
      contactFound: true,
      queue: 'first',
      shout: '',
      orders: 1,
      balance: 0,
    });
  });

  it.each([
    ['an empty list', { results: [] }],
    ['no list', {}],
    ['null', { results: null }],
    ['an absent body', undefined],
    ['an empty body', null],
  ])('finds no record in %s', async (_, body) => {
    expect(await answer(body, 'results[0]')).toEqual(NOT_FOUND);
  });

  it('replaces only the long texts by defaults when an answer would be too large', async () => {
    const long = 'x'.repeat(40_000);
    const result = await answer({ ...ADA, last: long });
    expect(result).toEqual({
      contactFound: true,
      name: 'unknown',
      queue: 'first',
      shout: 'ADA',
      orders: 2,
      balance: 3.75,
    });
    expect(await answer({ ...ADA, first: 'ä'.repeat(16_000) })).toMatchObject({
      name: 'unknown',
      shout: '',
      orders: 2,
    });
  });

  it('writes at most 31,000 bytes, and an answer that passes its check', async () => {
    const lengths = fc.nat({ max: 40_000 });
    await fc.assert(
      fc.asyncProperty(lengths, fc.constantFrom('x', 'ß', '愛', '"', '\u0001'), async (length, letter) => {
        const { text } = await projection().project({
          ...ADA,
          first: letter.repeat(length),
          last: letter.repeat(length),
        });
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(31_000);
        expect(wholeAnswerCheck(FIELDS)(text)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('finds the record at its declared place', async () => {
    expect(await answer({ results: [ADA, {}] }, 'results[0]')).toMatchObject({ name: 'Ada Lovelace' });
  });

  it('reports an unreadable record without its data', async () => {
    const failing = projection({ record: '$uppercase(results)' }).record({ results: 4_111_111 });

    await expect(failing).rejects.toThrow(OriginFailure);
    await expect(failing).rejects.not.toThrow(/4111111/);
  });

  it('writes a complete answer for any JSON of an origin', async () => {
    const [whole, first] = [projection(), projection({ record: 'results[0]' })];
    const readable = wholeAnswerCheck(FIELDS);
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), async (json) => {
        expect(readable((await whole.project(json)).text)).toBe(true);
        expect(readable((await first.project(await first.record({ results: json }))).text)).toBe(true);
      }),
    );
  });
});

describe('a record that follows another', () => {
  const merged = projection({ followed: 'canonicalContact.id[$ != $$.id]' });

  it.each([
    ['the id of another', { id: 'm', canonicalContact: { id: 'c' } }, 'c'],
    ['its own id', { id: 'c', canonicalContact: { id: 'c' } }, undefined],
    ['no id', { id: 'a' }, undefined],
    ['an id that is an object', { id: 'a', canonicalContact: { id: { x: 1 } } }, undefined],
    ['a number', 5, undefined],
    ['nothing', undefined, undefined],
  ])('reads the id of the followed record from %s', async (_what, record, id) => {
    expect(await merged.followedId(record)).toBe(id);
  });
});

/** Takes days to evaluate, because the number of calls doubles with every step. */
const ENDLESS = '($f := function($n) { $n < 2 ? $n : $f($n - 1) + $f($n - 2) }; $f(90))';

describe('an expression that does not end', () => {
  const endless: [string, Projection][] = [
    ['as the record', projection({ record: ENDLESS })],
    ['as a field', projection({ fields: new Map([['sum', { type: 'number', from: ENDLESS, default: 0 }]]) })],
    ['as the id of the customer', projection({ customerId: ENDLESS })],
  ];

  it.each(endless)('abandons an endless expression %s and stores no answer', async (_where, given) => {
    const startedAtMs = performance.now();
    await expect(given.record(ADA).then((record) => given.project(record))).rejects.toThrow(OriginFailure);
    // The process serves no other request during the evaluation.
    expect(performance.now() - startedAtMs).toBeLessThan(20_000);
  });
});

describe('an expression during a pause of the process', () => {
  /** Blocks the thread at the first read of the record, like a process without CPU time. */
  function recordWithPause(forMs: number): unknown {
    let isOver = false;
    return {
      id: 'c-17',
      get first() {
        if (!isOver) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
        isOver = true;
        return 'Ada';
      },
    };
  }
  const from = (expression: string): FieldConfig => ({ type: 'string', from: expression, default: 'unknown' });

  it('evaluates an expression again after a pause of the process', async () => {
    const { text } = await projection({ fields: new Map([['name', from('first & ""')]]) }).project(
      recordWithPause(300),
    );
    expect(text).toContain('Ada');
    await expect(projection({ record: '[first][0] & ""' }).record(recordWithPause(300))).resolves.toBe('Ada');
    const { customerId } = await projection({ customerId: '[first][0] & ""' }).project(recordWithPause(300));
    expect(customerId).toBe('Ada');
  });

  it('abandons an expression that does not end after a pause of the process', async () => {
    const fields = new Map([['name', from(`(first; ${ENDLESS})`)]]);
    await expect(projection({ fields }).project(recordWithPause(300))).rejects.toThrow(OriginFailure);
  });
});
