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

function ask(who: string, times = 1): void {
  const identifier = { input: 'ani', hashed: who, atOrigin: `+${who}` };
  const dip = { tenant: '10001', subject: { identifier, entryKey: `key-${who}` } } as Dip;
  for (let time = 0; time < times; time += 1) popular.count(dip);
}
const top = (most: number): string[] => popular.top(most).map(({ identifier }) => identifier.hashed);

describe('what is popular', () => {
  it('is what was asked for most, the most asked first, as it was asked', () => {
    ask('1', 2);
    ask('2', 5);
    ask('3', 1);
    expect(top(2)).toEqual(['2', '1']);
    expect(popular.top(1)).toEqual([
      { tenant: '10001', entryKey: 'key-2', identifier: { input: 'ani', hashed: '2', atOrigin: '+2' } },
    ]);
  });

  it('stays within its bound, and keeps who is asked for often among thousands who are not', () => {
    for (let stranger = 0; stranger < 5000; stranger += 1) {
      ask(`stranger-${stranger}`);
      if (stranger % 3 === 0) ask('regular');
      expect(popular.size).toBeLessThanOrEqual(CAPACITY);
    }
    expect(top(1)).toEqual(['regular']);
  });

  it('is kept for a day whatever the hour, and forgotten after two', () => {
    ask('1', 9);
    clock.advance(ONE_DAY_MS);
    ask('2');
    expect(top(2)).toEqual(['1', '2']);
    clock.advance(ONE_DAY_MS);
    expect(top(2)).toEqual(['2']);
    clock.advance(2 * ONE_DAY_MS);
    expect(top(2)).toEqual([]);
  });

  it('counts what was asked for before and after the turn together', () => {
    ask('1', 3);
    ask('2', 2);
    clock.advance(ONE_DAY_MS);
    ask('2', 2);
    expect(top(2)).toEqual(['2', '1']);
  });

  it('holds no identifier in the clear', () => {
    ask('15550001');
    const held = JSON.stringify([...(popular as unknown as { current: Map<string, object> }).current.values()]);
    expect(held).not.toContain('15550001');
  });
});
