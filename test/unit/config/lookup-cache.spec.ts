import { describe, expect, it } from '@jest/globals';
import { edited, loadText } from '../../fixtures/config/load-text.js';
import { refusesLookup, type Case } from '../../fixtures/config/refused-change.js';

const CACHE = 'cache: { ttlMs: 1000, staleMs: 2000, notFoundTtlMs: 3000, nearTtlMs: 4000 }';

describe('the ages and the priority of a lookup', () => {
  it.each<Case>([
    [CACHE, 'cache: { ttlMs: 0 }', 'customer.cache.ttlMs', '0', 'not milliseconds: 1 to 2592000000'],
    [CACHE, 'cache: { ttlMs: 2592000001 }', 'customer.cache.ttlMs', '2592000001', 'not milliseconds: 1 to 2592000000'],
    [CACHE, 'cache: { staleMs: -1 }', 'customer.cache.staleMs', '-1', 'not milliseconds: at least 0'],
    [CACHE, 'cache: { notFoundTtlMs: 0.5 }', 'customer.cache.notFoundTtlMs', '0.5', 'not milliseconds: at least 0'],
    [CACHE, 'cache: { nearTtlMs: 60001 }', 'customer.cache.nearTtlMs', '60001', 'not milliseconds: 0 to 60000'],
    [CACHE, 'cache: { nearTtlMs: 5 min }', 'customer.cache.nearTtlMs', '"5 min"', 'not milliseconds: 0 to 60000'],
    [
      CACHE,
      'cache: { invalidatedWithinMs: 299 }',
      'customer.cache.invalidatedWithinMs',
      '299',
      'not milliseconds: 300 to 3600000',
    ],
    [
      CACHE,
      'cache: { ttl: 5 }',
      'customer.cache.ttl',
      undefined,
      'unknown key: ttlMs, staleMs, notFoundTtlMs, nearTtlMs, invalidatedWithinMs',
    ],
    ['priority: desktop', 'prewarm: true', 'customer.prewarm', 'true', 'not a list'],
    [
      'priority: desktop',
      'prewarm: [{ cron: "99 7 * * *", top: 5 }]',
      'customer.prewarm[0].cron',
      '"99 7 * * *"',
      'not a cron expression',
    ],
    [
      'priority: desktop',
      'prewarm: [{ cron: "45 7 * * 1-5", top: 0 }]',
      'customer.prewarm[0].top',
      '0',
      'not a whole number: 1 to 5000',
    ],
    ['priority: desktop', 'priority: high', 'customer.priority', '"high"', 'unknown word: ivr, desktop, background'],
    [
      'priority: desktop',
      'warmup: true',
      'customer.warmup',
      undefined,
      'unknown key: description, key, origin, customerId, fields, cache, priority, limits, prewarm',
    ],
  ])('are refused where "%s" is "%s"', (...refused) => refusesLookup(refused));

  it('may be 0 where that means not at all', () => {
    const ages = { ttlMs: 1, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0 };
    const config = loadText(edited(CACHE, `cache: ${JSON.stringify(ages)}`));
    expect(config.lookups.get('customer')?.cache).toMatchObject(ages);
  });
});
