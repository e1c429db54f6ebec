import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Dip } from '../../../src/contracts/dip.js';
import { PopularEntries } from '../../../src/modules/profile/internal/popular-entries.js';
import { ManualClock } from '../../support/manual-clock.js';

const ONE_DAY_MS = 86_400_000;
const CAPACITY = 10;

let clock: ManualClock;
let popular: PopularEntries;
beforeEach(() => {
  clock = new ManualClock();
  popular = new PopularEntries(clock, CAPACITY);
});

function request(customer: string, times = 1): void {
  const identifier = { input: 'ani', hashed: customer, atOrigin: `+${customer}` };
  const dip = { tenant: '10001', subject: { identifier, entryKey: `key-${customer}` } } as Dip;
  for (let time = 0; time < times; time += 1) popular.count(dip);
}
const top = (count: number): string[] => popular.top(count).map(({ identifier }) => identifier.hashed);

describe('the popular entries', () => {
  it('returns the most requested entries, most requested first', () => {
    request('1', 2);
    request('2', 5);
    request('3', 1);
    expect(top(2)).toEqual(['2', '1']);
    expect(popular.top(1)).toEqual([
      { tenant: '10001', entryKey: 'key-2', identifier: { input: 'ani', hashed: '2', atOrigin: '+2' } },
    ]);
  });

  it('stays within its capacity and finds the frequent customer among thousands of rare ones', () => {
    for (let rare = 0; rare < 5000; rare += 1) {
      request(`rare-${rare}`);
      if (rare % 3 === 0) request('frequent');
      expect(popular.size).toBeLessThanOrEqual(CAPACITY);
    }
    expect(top(1)).toEqual(['frequent']);
  });

  it('counts a request for at least one day and at most two', () => {
    request('1', 9);
    clock.advance(ONE_DAY_MS);
    request('2');
    expect(top(2)).toEqual(['1', '2']);
    clock.advance(ONE_DAY_MS);
    expect(top(2)).toEqual(['2']);
    clock.advance(2 * ONE_DAY_MS);
    expect(top(2)).toEqual([]);
  });

  it('adds the requests of the current and the previous day', () => {
    request('1', 3);
    request('2', 2);
    clock.advance(ONE_DAY_MS);
    request('2', 2);
    expect(top(2)).toEqual(['2', '1']);
  });

  it('stores no identifier in plain text', () => {
    request('15550001');
    const stored = JSON.stringify([...(popular as unknown as { current: Map<string, object> }).current.values()]);
    expect(stored).not.toContain('15550001');
  });
});
