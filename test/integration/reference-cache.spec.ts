import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis as Client } from 'ioredis';
import { ReferenceCache } from '../../src/cache/internal/reference-cache.js';
import type { Redis } from '../../src/platform/redis/redis.js';
import { bounded } from '../support/bounded.js';
import { eventually } from '../support/eventually.js';
import { Gate } from '../support/gate.js';
import type { OpenHandles } from '../support/open-handles.js';
import { createRedis } from '../support/create-redis.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { openObserver } from './parts/entries.js';
import { currentHandles, untilHandlesClosed } from './parts/open-handles.js';

const TTL_MS = 60_000;

let before: OpenHandles;
let server: TestRedis;
let observer: Client;
const opened: Redis[] = [];

beforeAll(async () => {
  before = currentHandles();
  server = await startRedis();
  observer = openObserver(server.url);
});
beforeEach(() => observer.flushall());
afterEach(() => {
  delete (globalThis as { planted?: boolean }).planted;
  for (const redis of opened.splice(0)) redis.close();
});
afterAll(async () => {
  observer.disconnect();
  await server.stop();
  await untilHandlesClosed(before);
});

/** Opens the reference cache of one process. */
async function open(timeoutMs = 1000): Promise<ReferenceCache> {
  const redis = createRedis([server.url], { timeoutMs });
  opened.push(redis);
  await redis.connected();
  return new ReferenceCache(redis);
}

/** A load function that returns `value`, and a counter of its calls. */
function loaderOf<T>(value: T): { load: () => Promise<T>; loads: () => number } {
  let loads = 0;
  const load = (): Promise<T> => {
    loads += 1;
    return Promise.resolve(value);
  };
  return { load, loads: () => loads };
}

describe('ReferenceCache', () => {
  it('loads a value once for all concurrent callers', async () => {
    const cache = await open();
    const gate = new Gate();
    let loads = 0;
    const load = async (): Promise<number> => {
      loads += 1;
      await gate.wait();
      return loads;
    };
    const pending = Array.from({ length: 50 }, () => cache.wrap('queues', TTL_MS, load));
    await eventually(() => expect(loads).toBe(1));
    gate.open();

    expect(await Promise.all(pending)).toEqual(Array.from({ length: 50 }, () => 1));
    expect(loads).toBe(1);
  });

  it('returns a value that another process has loaded', async () => {
    const [here, there] = [await open(), await open()];
    const value = { name: 'ünï', list: [1, { deep: null }], none: null, zero: 0, no: false, empty: '' };
    await here.wrap('queues', TTL_MS, loaderOf(value).load);
    const again = loaderOf({ never: 'loaded' });

    expect(await there.wrap('queues', TTL_MS, again.load as never)).toEqual(value);
    expect(again.loads()).toBe(0);
  });

  it('loads a value again when its TTL has ended, and not earlier', async () => {
    const cache = await open();
    const { load, loads } = loaderOf('a');
    await cache.wrap('long', TTL_MS, load);
    await cache.wrap('long', TTL_MS, load);
    expect(loads()).toBe(1);
    const startedAtMs = performance.now();
    const short = loaderOf('b');
    await cache.wrap('short', 300, short.load);
    await eventually(async () => {
      await cache.wrap('short', 300, short.load);
      expect(short.loads()).toBe(2);
    });

    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(290);
  });

  it.each([0, 1, 1.5, TTL_MS, 3_600_000])('sets a TTL on every key if the requested TTL is %s ms', async (ttlMs) => {
    const cache = await open();
    await cache.wrap('queues', ttlMs, loaderOf('a').load);
    await cache.wrap('other', TTL_MS, loaderOf('a').load);

    for (const key of await observer.keys('*')) expect(await observer.pttl(key)).not.toBe(-1);
    expect(await observer.exists('datadip-reference:other')).toBe(1);
  });

  it('gives all callers the error of a failed load, and stores no error', async () => {
    const cache = await open();
    const gate = new Gate();
    let loads = 0;
    const fail = async (): Promise<never> => {
      loads += 1;
      await gate.wait();
      throw new Error('no luck');
    };
    const pending = Array.from({ length: 10 }, () => cache.wrap('queues', TTL_MS, fail).catch(String));
    await eventually(() => expect(loads).toBe(1));
    gate.open();

    expect(new Set(await Promise.all(pending))).toEqual(new Set(['Error: no luck']));
    expect(await cache.wrap('queues', TTL_MS, loaderOf('better').load)).toBe('better');
  });

  it.each([
    '_function_x|() => 1',
    '{"then":"_function_x|() => process.exit(1)"}',
    '_function_|(function () { throw new Error("revived") })()',
    '_date_2026-01-01T00:00:00.000Z',
    '2026-01-01T00:00:00.000Z',
    '_regexp_g|.*',
    '_symbol_gsymbol:x',
    '_bigint_17',
    '_undefined_',
    '_NaN_',
    '_duplicate_["v"]',
    '_duplicate_[]',
    '_constructor-name_',
    ':base64:AAAA',
    ':plain',
    '"quoted"',
    '',
  ])('returns the text %s unchanged', async (text) => {
    const [here, there] = [await open(), await open()];
    const value = { text, then: text, [text]: text, list: [text], '_constructor-name_': text };
    await here.wrap('text', TTL_MS, loaderOf(value).load);
    await here.wrap('bare', TTL_MS, loaderOf(text).load);
    const again = loaderOf<unknown>('loaded again');

    expect(await there.wrap('text', TTL_MS, again.load)).toEqual(value);
    expect(await there.wrap('bare', TTL_MS, again.load)).toBe(text);
    expect(again.loads()).toBe(0);
  });

  it.each(['not json', '{"value":', '"a string"', '17', 'null', '{"value":"_function_x|() => 1","expires":1}'])(
    'ignores the foreign value %s',
    async (planted) => {
      const cache = await open();
      await observer.set('datadip-reference:queues', planted);

      expect(await cache.wrap('queues', TTL_MS, loaderOf('loaded').load)).toBe('loaded');
    },
  );

  it.each([
    '{"then":"_function_x|() => { globalThis.planted = true; }"}',
    '"{\\"value\\":1}","v":{"then":"_function_x|() => { globalThis.planted = true; }"}',
  ])('never executes the foreign value %s', async (planted) => {
    const cache = await open();
    await observer.set('datadip-reference:queues', planted);
    const value = await bounded(cache.wrap('queues', TTL_MS, loaderOf('loaded').load), 2000, 'the value').catch(String);

    expect((globalThis as { planted?: boolean }).planted).toBeUndefined();
    expect(value).toBe('loaded');
  });

  it('ignores a key of another Redis type', async () => {
    const cache = await open();
    await observer.rpush('datadip-reference:queues', 'one');

    expect(await cache.wrap('queues', TTL_MS, loaderOf('loaded').load)).toBe('loaded');
  });

  it.each([
    ['killed', () => server.kill()],
    ['silent', () => server.pause()],
  ])('loads every time, and in time, while Redis is %s', async (_state, stopRedis) => {
    const cache = await open(50);
    const { load, loads } = loaderOf('a');
    await stopRedis();
    const elapsedTimesMs: number[] = [];
    for (let at = 0; at < 10; at += 1) {
      const startedAtMs = performance.now();
      expect(await cache.wrap('queues', TTL_MS, load)).toBe('a');
      elapsedTimesMs.push(performance.now() - startedAtMs);
    }

    expect(loads()).toBe(10);
    // A read and a write take at most 50 ms each; the rest is for a busy machine.
    expect(Math.max(...elapsedTimesMs)).toBeLessThan(10_000);
    await server.restart();
  });
});
