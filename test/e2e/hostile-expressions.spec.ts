import { describe, expect, it } from '@jest/globals';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ADA, ADA_ANSWER, DEFAULT_ANSWER } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import type { HttpAnswer } from '../support/http.js';
import { startRegion } from '../support/region.js';
import type { OriginCall } from '../support/origin.js';
import { newPhone, onStage, type Stage } from './stage.js';

const MIB = 1024 * 1024;
const FAILED = { ...DEFAULT_ANSWER, source: 'degraded', error: 'origin_error' };

/** Takes days, because the number of calls doubles with every step. */
const ENDLESS = '($f := function($n) { $n < 2 ? $n : $f($n - 1) + $f($n - 2) }; $f(90))';
/** Takes days on a text of many `a` without a `b`, and JSONata cannot interrupt it. */
const BACKTRACKING = '$contains(notes, /^(a+)+b$/)';
/** Compares each item with each other. */
const QUADRATIC = '$count($distinct(items))';
/** Never ends, and keeps all that it makes. */
const HOARDING = '($f := function($l) { $f([$l, $map([1..50000], function($i) { { "n": $i } })]) }; $f([]))';

const fields = (from: string, type = 'number') => ({
  customerId: { type: 'string', from: 'id', default: 'UNKNOWN' },
  displayName: { type: 'string', from: '$join([firstName, lastName], " ")', default: '' },
  tier: { type: 'string', from: 'accountTier', default: 'Standard' },
  extra: { type, from },
});
const lookupWith = (declared: Record<string, unknown>, origin: Record<string, unknown> = {}) => ({
  key: [{ input: 'ani', kind: 'phone' }],
  origin: { system: 'crm', path: '/search', query: { phone: '{ani}' }, ...origin },
  customerId: 'id',
  cache: { nearTtlMs: 0 },
  ...declared,
});

const manyItems = { ...ADA, items: Array.from({ length: 60_000 }, (_, n) => ({ n })) };
const longText = { ...ADA, notes: 'a'.repeat(MIB - 200) };

const stage: Stage = onStage({
  system: { timeoutMs: 10_000 },
  lookups: {
    endlessField: lookupWith({ fields: fields(ENDLESS) }),
    endlessRecord: lookupWith({ fields: fields('1') }, { record: `(${ENDLESS}; $)` }),
    endlessId: lookupWith({ fields: fields('1'), customerId: ENDLESS }),
    endlessRule: lookupWith({ fields: fields('1') }, { failWhen: `${ENDLESS} < 0` }),
    endlessFollow: lookupWith({ fields: fields('1') }, { follow: { id: ENDLESS, path: '/contacts/{id}' } }),
    backtracking: lookupWith({ fields: fields(BACKTRACKING, 'boolean') }),
    quadratic: lookupWith({ fields: fields(QUADRATIC, 'integer') }),
    hoarding: lookupWith({ fields: fields(HOARDING) }),
    range: lookupWith({ fields: fields('$sum([1..9999999])') }),
    padded: lookupWith({ fields: fields('$pad("x", width)', 'string') }),
    replaced: lookupWith({ fields: fields('$length($replace(notes, "a", notes))') }),
    orderly: lookupWith({ fields: fields('$match(accountTier, /^[A-Z]/).match', 'string') }),
  },
});

const orderly = newPhone();
const ask = (lookup: string): Promise<HttpAnswer> => stage.ask({ ani: newPhone() }, { lookup });

/** Asks for a cached entry until the work ends. Returns how often the cache answered. */
async function hitsDuring(work: Promise<unknown>): Promise<number> {
  const ani = newPhone();
  stage.origin.answer({ results: [ADA] });
  await stage.ask({ ani });
  const state = { isOver: false };
  void work.finally(() => (state.isOver = true));
  let hits = 0;
  while (!state.isOver) if ((await stage.ask({ ani })).json?.source === 'cache') hits += 1;
  return hits;
}

describe('an expression that does not end', () => {
  it.each(['endlessField', 'endlessRecord', 'endlessId', 'endlessRule', 'endlessFollow'])(
    'is given up, and its record is a failure: %s',
    async (lookup) => {
      stage.origin.answer(ADA);
      expect((await ask(lookup)).json).toMatchObject(FAILED);
    },
  );

  it.each([
    ['a regular expression over 1 MiB', 'backtracking', longText],
    ['a quadratic function over 60,000 items', 'quadratic', manyItems],
    ['a list that grows', 'hoarding', ADA],
  ])('is ended inside a function that JSONata cannot interrupt: %s', async (_what, lookup, record) => {
    stage.origin.answer(record);
    expect((await ask(lookup)).json).toMatchObject(FAILED);
  });

  it.each([
    ['a range of ten million', 'range', ADA],
    ['a text of half a gigabyte', 'padded', { ...ADA, width: 500_000_000 }],
    ['a text of a terabyte', 'replaced', longText],
  ])('takes the default of its field if it would make %s', async (_what, lookup, record) => {
    stage.origin.answer(record);
    const { json } = await ask(lookup);
    // A slow machine may not get as far within the time.
    if (json?.source === 'origin') expect(json).toMatchObject(ADA_ANSWER);
    else expect(json).toMatchObject(FAILED);
  });

  it('leaves a thread for the next record of its lookup', async () => {
    stage.origin.answer(longText);
    expect((await ask('backtracking')).json).toMatchObject(FAILED);
    stage.origin.answer({ ...ADA, notes: 'aab' });
    await eventually(async () =>
      expect((await ask('backtracking')).json).toMatchObject({ ...ADA_ANSWER, extra: true }),
    );
  });
});

describe('the callers of other lookups', () => {
  it('are answered while a record is given up', async () => {
    stage.origin.answer(longText);
    // The answer of a later call is another one, so the call must have arrived.
    const hold = stage.origin.hold();
    const hostile = ask('backtracking');
    await hold.arrived(1);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    const startedAtMs = performance.now();
    const hits = hitsDuring(hostile.then(() => delay.disable()));
    hold.open();
    delay.enable();
    expect((await hostile).json).toMatchObject(FAILED);
    const tookMs = performance.now() - startedAtMs;
    // A blocked process answers one request in this time. Its longest delay is nearly all of it.
    expect(await hits).toBeGreaterThan(5);
    expect(delay.max / 1e6 / tookMs).toBeLessThan(0.5);
  });

  it('get a thread although records of one lookup never cease to wait', async () => {
    const state = { isOver: false };
    stage.origin.answer(({ url }: OriginCall) => (url.includes(orderly.slice(1)) ? ADA : longText));
    const hostile = Array.from({ length: 10 }, async () => {
      while (!state.isOver) await ask('backtracking');
    });
    try {
      await eventually(async () => {
        const { json } = await stage.ask({ ani: orderly }, { lookup: 'orderly' });
        expect(json).toMatchObject({ ...ADA_ANSWER, extra: 'E' });
      });
    } finally {
      state.isOver = true;
      await Promise.all(hostile);
    }
  });
});

describe('the time of one record', () => {
  /** 90,000 steps take about 45 ms. */
  const busy = (steps: number): string => `$sum([1..${steps}].($ * 2 + 1))`;

  it('is one for all of its fields: twenty fields of 45 ms are a failure', async () => {
    const from = busy(90_000);
    const names = Array.from({ length: 20 }, (_, at) => `extra${at}`);
    const twenty = { ...fields('1'), ...Object.fromEntries(names.map((name) => [name, { type: 'number', from }])) };
    const lookups = { one: lookupWith({ fields: fields(busy(2000)) }), twenty: lookupWith({ fields: twenty }) };
    const region = await startRegion({ origin: () => ADA, declaration: { lookups } });
    try {
      // The first thread starts now, which may take long on a busy machine.
      await eventually(async () => {
        expect((await region.lookup('one', { ani: newPhone() })).json).toMatchObject(ADA_ANSWER);
      });
      expect((await region.lookup('twenty', { ani: newPhone() })).json).toMatchObject(FAILED);
    } finally {
      await region.stop();
    }
  });
});
