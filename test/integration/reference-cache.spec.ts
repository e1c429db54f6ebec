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
let eyes: Client;
const opened: Redis[] = [];

beforeAll(async () => {
  before = currentHandles();
  server = await startRedis();
  eyes = openObserver(server.url);
});
beforeEach(() => eyes.flushall());
afterEach(() => {
  delete (globalThis as { planted?: boolean }).planted;
  for (const redis of opened.splice(0)) redis.close();
});
afterAll(async () => {
  eyes.disconnect();
  await server.stop();
  await untilHandlesClosed(before);
});

/** As one process of the region has it. */
async function open(timeoutMs = 1000): Promise<ReferenceCache> {
  const redis = createRedis([server.url], { timeoutMs });
  opened.push(redis);
  await redis.connected();
  return new ReferenceCache(redis);
}

/** Something worth making, and how often it was made. */
function maker<T>(value: T): { make: () => Promise<T>; made: () => number } {
  let made = 0;
  const make = (): Promise<T> => {
    made += 1;
    return Promise.resolve(value);
  };
  return { make, made: () => made };
}

describe('the reference cache', () => {
  it('makes once for all who ask at the same time', async () => {
    const cache = await open();
    const gate = new Gate();
    let made = 0;
    const make = async (): Promise<number> => {
      made += 1;
      await gate.wait();
      return made;
    };
    const asked = Array.from({ length: 50 }, () => cache.wrap('queues', TTL_MS, make));
    await eventually(() => expect(made).toBe(1));
    gate.open();

    expect(await Promise.all(asked)).toEqual(Array.from({ length: 50 }, () => 1));
    expect(made).toBe(1);
  });

  it('gives what one process made to the others', async () => {
    const [here, there] = [await open(), await open()];
    const value = { name: 'ünï', list: [1, { deep: null }], none: null, zero: 0, no: false, empty: '' };
    await here.wrap('queues', TTL_MS, maker(value).make);
    const again = maker({ never: 'made' });

    expect(await there.wrap('queues', TTL_MS, again.make as never)).toEqual(value);
    expect(again.made()).toBe(0);
  });

  it('makes anew when the time is over, and not before', async () => {
    const cache = await open();
    const { make, made } = maker('a');
    await cache.wrap('long', TTL_MS, make);
    await cache.wrap('long', TTL_MS, make);
    expect(made()).toBe(1);
    const startedAtMs = performance.now();
    const short = maker('b');
    await cache.wrap('short', 300, short.make);
    await eventually(async () => {
      await cache.wrap('short', 300, short.make);
      expect(short.made()).toBe(2);
    });

    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(290);
  });

  it.each([0, 1, 1.5, TTL_MS, 3_600_000])('leaves no key without an end (ttl %s ms)', async (ttlMs) => {
    const cache = await open();
    await cache.wrap('queues', ttlMs, maker('a').make);
    await cache.wrap('other', TTL_MS, maker('a').make);

    for (const key of await eyes.keys('*')) expect(await eyes.pttl(key)).not.toBe(-1);
    expect(await eyes.exists('datadip-reference:other')).toBe(1);
  });

  it('passes an error on to all who asked, and remembers none', async () => {
    const cache = await open();
    const gate = new Gate();
    let made = 0;
    const fail = async (): Promise<never> => {
      made += 1;
      await gate.wait();
      throw new Error('no luck');
    };
    const asked = Array.from({ length: 10 }, () => cache.wrap('queues', TTL_MS, fail).catch(String));
    await eventually(() => expect(made).toBe(1));
    gate.open();

    expect(new Set(await Promise.all(asked))).toEqual(new Set(['Error: no luck']));
    expect(await cache.wrap('queues', TTL_MS, maker('better').make)).toBe('better');
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
  ])('brings the text %s back as it was', async (text) => {
    const [here, there] = [await open(), await open()];
    const value = { text, then: text, [text]: text, list: [text], '_constructor-name_': text };
    await here.wrap('text', TTL_MS, maker(value).make);
    await here.wrap('bare', TTL_MS, maker(text).make);
    const again = maker<unknown>('made again');

    expect(await there.wrap('text', TTL_MS, again.make)).toEqual(value);
    expect(await there.wrap('bare', TTL_MS, again.make)).toBe(text);
    expect(again.made()).toBe(0);
  });

  it.each(['not json', '{"value":', '"a string"', '17', 'null', '{"value":"_function_x|() => 1","expires":1}'])(
    'takes %s, planted by somebody else, for nothing',
    async (planted) => {
      const cache = await open();
      await eyes.set('datadip-reference:queues', planted);

      expect(await cache.wrap('queues', TTL_MS, maker('ours').make)).toBe('ours');
    },
  );

  it.each([
    '{"then":"_function_x|() => { globalThis.planted = true; }"}',
    '"{\\"value\\":1}","v":{"then":"_function_x|() => { globalThis.planted = true; }"}',
  ])('never runs what somebody else planted: %s', async (planted) => {
    const cache = await open();
    await eyes.set('datadip-reference:queues', planted);
    const value = await bounded(cache.wrap('queues', TTL_MS, maker('ours').make), 2000, 'the value').catch(String);

    expect((globalThis as { planted?: boolean }).planted).toBeUndefined();
    expect(value).toBe('ours');
  });

  it('takes a key of another kind for nothing', async () => {
    const cache = await open();
    await eyes.rpush('datadip-reference:queues', 'one');

    expect(await cache.wrap('queues', TTL_MS, maker('ours').make)).toBe('ours');
  });

  it.each([
    ['killed', () => server.kill()],
    ['silent', () => server.pause()],
  ])('makes each time, in time, while Redis is away (%s)', async (_how, lose) => {
    const cache = await open(50);
    const { make, made } = maker('a');
    await lose();
    const tookMs: number[] = [];
    for (let at = 0; at < 10; at += 1) {
      const startedAtMs = performance.now();
      expect(await cache.wrap('queues', TTL_MS, make)).toBe('a');
      tookMs.push(performance.now() - startedAtMs);
    }

    expect(made()).toBe(10);
    // A look and a wish to keep, 50 ms each; the rest is for a busy machine, and without a bound it would be for ever.
    expect(Math.max(...tookMs)).toBeLessThan(10_000);
    await server.restart();
  });
});
