import { describe, expect, it } from '@jest/globals';
import { readSettings } from '../../../deploy/examples/edge-worker/settings.js';
import { FALLBACK, wranglerFile } from '../../support/edge-worker.js';

const GOOD = {
  REGIONS: [
    { name: 'us', url: 'https://us.example.com' },
    { name: 'eu', url: 'https://eu.example.com/' },
  ],
  FALLBACKS: { customer: FALLBACK },
};
const COPIES = {
  COPIES: { customer: { staleMs: 60_000 } },
  COPY_STORE: { get: () => null, put: () => null },
  COPY_SECRET: 'x'.repeat(32),
};

describe('the settings of the Worker', () => {
  it('are those of wrangler.toml', () => {
    const settings = readSettings(wranglerFile().vars);
    expect(settings).toMatchObject({ deadlineMs: 3500, regionMs: 2750, copies: undefined });
    expect(settings).toHaveProperty('fallbacks.customer.tier', 'Standard');
    expect(settings).toHaveProperty('regions.1.url', 'https://eu.datadip.example.com');
  });

  it('leave time for the deadline of the service, and end before the timeout of an action', () => {
    const { deadlineMs, regionMs } = readSettings(GOOD) as { deadlineMs: number; regionMs: number };
    const serviceMs = 2500;
    expect(regionMs).toBeGreaterThan(serviceMs);
    expect(deadlineMs).toBeLessThan(serviceMs + 1000 + 500);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no regions', { REGIONS: undefined }, '`REGIONS` is missing or no list; allowed: 1 to 4 of { name, url }'],
    [
      'clear text to another host',
      { REGIONS: [{ name: 'us', url: 'http://us.example.com' }] },
      '`REGIONS[0].url`; allowed: https://<host>, without path or login',
    ],
    [
      'a login in an address',
      { REGIONS: [{ name: 'us', url: 'https://a:b@us.example.com' }] },
      '`REGIONS[0].url`; allowed: https://<host>, without path or login',
    ],
    [
      'a name with a space',
      { REGIONS: [{ name: 'u s', url: 'https://us.example.com' }] },
      '`REGIONS[0].name`; allowed: 1 to 32 letters, digits, _ or -',
    ],
    [
      'a deadline in text',
      { DEADLINE_MS: '3500' },
      '`DEADLINE_MS` is "3500"; allowed: a whole number from 200 to 25000',
    ],
    [
      'no time for the second region',
      { REGION_MS: 3500 },
      '`REGION_MS` is 3500; allowed: less than `DEADLINE_MS`, 3500',
    ],
    [
      'a nested fallback',
      { FALLBACKS: { customer: { ...FALLBACK, more: {} } } },
      '`FALLBACKS.customer` is no answer of a lookup; `node fallback-tables.ts` prints it',
    ],
    [
      'a fallback with a customer',
      { FALLBACKS: { customer: { ...FALLBACK, contactFound: true } } },
      '`FALLBACKS.customer` is no answer of a lookup; `node fallback-tables.ts` prints it',
    ],
    [
      'copies without an age',
      { ...COPIES, COPIES: { customer: {} } },
      '`COPIES.customer.staleMs`; allowed: 60000 to 3600000',
    ],
    [
      'copies of an undeclared lookup',
      { ...COPIES, COPIES: { other: { staleMs: 60_000 } } },
      '`COPIES.other` has no table in `FALLBACKS`',
    ],
    [
      'copies with a short secret',
      { ...COPIES, COPY_SECRET: 'short' },
      '`COPY_SECRET`; allowed: at least 32 characters',
    ],
    ['copies without a store', { ...COPIES, COPY_STORE: undefined }, '`COPY_STORE` is missing: bind a KV namespace'],
  ])('are refused with one line for %s', (_case, change, line) => {
    expect(readSettings({ ...GOOD, ...change })).toEqual([line]);
  });

  it('are good with copies', () => {
    expect(readSettings({ ...GOOD, ...COPIES })).toHaveProperty('copies.staleMs', new Map([['customer', 60_000]]));
  });
});
