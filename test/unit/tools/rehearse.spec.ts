import { describe, expect, it } from '@jest/globals';
import { arrivals, rateAt } from '../../../tools/rehearse/arrivals.js';
import type { Dip } from '../../../tools/rehearse/dips.js';
import { OUTCOMES, shieldDoor } from '../../../tools/rehearse/doors.js';
import { planOf } from '../../../tools/rehearse/flags.js';
import { pictureOf } from '../../../tools/rehearse/picture.js';
import { doubtsOf, sentenceOf, tableOf } from '../../../tools/rehearse/report.js';
import type { Run } from '../../../tools/rehearse/run.js';

describe('the flags of a rehearsal', () => {
  it.each([
    [['--fro', '60s'], /^unknown word --fro; allowed: --calls-per-second /],
    [['60s'], /^unknown word 60s; allowed: /],
    [['--for'], /^--for lacks its value, such as 30s$/],
    [['--for', '--onset'], /^--for lacks its value/],
    [['--for', '60'], /^--for is 60; allowed: 2000ms to 900s, such as 500ms, 30s or 2m$/],
    [['--for', '1s'], /^--for is 1s; allowed/],
    [['--for', '16m'], /^--for is 16m; allowed/],
    [['--for', '5s', '--for', '6s'], /^--for is given twice; allowed: once$/],
    [['--calls-per-second', '0'], /^--calls-per-second is 0; allowed: 1 to 2000, whole$/],
    [['--calls-per-second', '1e3'], /^--calls-per-second is 1e3; allowed/],
    [['--calls-per-second', '2.5'], /^--calls-per-second is 2.5; allowed/],
    [['--ivr-share', '1.1'], /^--ivr-share is 1.1; allowed: 0 to 1$/],
    [['--repeat-share', '-1'], /^--repeat-share is -1; allowed: 0 to 1$/],
    [['--onset', '40s'], /^--onset is longer than --for; allowed: at most 30000 ms$/],
    [['--target-is-mine=yes'], /^--target-is-mine takes no value: yes$/],
    [['--target', 'crm.example.com'], /^--target is no address; allowed: http:\/\/ or https:\/\/ and a host$/],
    [['--target', 'http://10.0.0.7:3000'], /^--target is on another machine, 10.0.0.7; .* add --target-is-mine$/],
    [['--target', 'http://127.0.0.1.example.com'], /^--target is on another machine, 127.0.0.1.example.com/],
    [['--target', 'http://localhost.example.com'], /^--target is on another machine/],
    [['--redis', 'redis://cache.example.com'], /^--redis is on another machine, cache.example.com/],
    [['--target', 'http://[::1]:3000', '--redis', 'redis://127.0.0.1'], /^--redis has no effect/],
    [
      ['--target', 'http://[::1]:3000', '--ops-picture', 'ops.png'],
      /^--ops-picture needs the service of the rehearsal/,
    ],
    [['--calls-per-second', '2000', '--for', '15m'], /give 1800000 calls; allowed: at most 1000000$/],
    [['--calls-per-second', '2000', '--for', '2m'], /give 168000 new callers; allowed: 100000: raise --repeat-share$/],
  ])('are refused with one line: %j', (words, line) => {
    expect(() => planOf(words)).toThrow(line);
    expect(() => planOf(words)).not.toThrow(/\n/);
  });

  it('make a plan, with a default for each', () => {
    expect(planOf([])).toMatchObject({
      callsPerSecond: 200,
      forMs: 30_000,
      onsetMs: 6000,
      originCapacity: 40,
      seed: 1,
    });
    expect(planOf(['--calls-per-second=500', '--for', '1m', '--onset=0s', '--target-is-mine'])).toMatchObject({
      callsPerSecond: 500,
      forMs: 60_000,
      onsetMs: 0,
    });
  });

  it.each(['http://localhost:3000', 'http://127.9.9.9', 'http://[::1]:3000/'])('take %s as this machine', (target) => {
    expect(planOf(['--target', target]).target).toBe(target.replace(/\/$/, ''));
  });

  it('take another machine if its owner says so', () => {
    expect(planOf(['--target', 'https://dip.example.com', '--target-is-mine']).target).toBe('https://dip.example.com');
  });
});

const DIPS: readonly Dip[] = ['ivr', 'desktop'].map((priority) => ({
  lookup: `for-${priority}`,
  system: 'crm',
  priority,
  inputs: [{ input: 'ani', kind: 'phone' }],
}));

describe('the arrivals of a rehearsal', () => {
  const plan = planOf(['--calls-per-second', '500', '--for', '20s', '--onset', '10s']);

  it('are the same for the same seed, and others for another seed', () => {
    const [first, again] = [[...arrivals(plan, DIPS)], [...arrivals(plan, DIPS)]];
    expect(again).toEqual(first);
    expect([...arrivals({ ...plan, seed: 2 }, DIPS)].slice(0, 5)).not.toEqual(first.slice(0, 5));
  });

  it('rise during the onset and then keep the rate', () => {
    const due = [...arrivals(plan, DIPS)].map(({ dueMs }) => dueMs);
    const between = (from: number, to: number): number => due.filter((ms) => ms >= from && ms < to).length;
    expect(due).toEqual(due.toSorted((a, b) => a - b));
    expect(between(0, 10_000)).toBeGreaterThan(2500);
    expect(between(0, 10_000)).toBeLessThan(3000);
    expect(between(10_000, 20_000)).toBeGreaterThan(4750);
    expect(between(10_000, 20_000)).toBeLessThan(5250);
    expect(rateAt({ ...plan, onsetMs: 0 }, 0)).toBe(500);
  });

  it('have the shares of repeated callers and of ivr', () => {
    const all = [...arrivals({ ...plan, repeatShare: 0.4, ivrShare: 0.25 }, DIPS)];
    const callers = new Map(all.map(({ caller, dip }) => [caller, dip.priority]));
    expect(callers.size / all.length).toBeCloseTo(0.6, 1);
    const ivr = [...callers.values()].filter((priority) => priority === 'ivr').length;
    expect(ivr / callers.size).toBeCloseTo(0.25, 1);
  });

  it('ask the same lookup for the same caller', () => {
    const lookups = new Map<number, string>();
    for (const { caller, dip } of arrivals({ ...plan, repeatShare: 0.8 }, DIPS)) {
      expect(lookups.get(caller) ?? dip.lookup).toBe(dip.lookup);
      lookups.set(caller, dip.lookup);
    }
  });

  it('ask every lookup if none has the wanted priority', () => {
    const dips = DIPS.slice(1);
    expect([...arrivals({ ...plan, ivrShare: 1 }, dips)].every(({ dip }) => dip === dips[0])).toBe(true);
  });
});

describe('the outcome of a call', () => {
  const door = shieldDoor('http://127.0.0.1:1', 'a-key');

  it.each([
    [200, '{"contactFound":true,"source":"cache"}', 'real'],
    [200, '{"source":"origin"}', 'real'],
    [200, '{"source":"stale"}', 'stale'],
    [200, '{"source":"degraded"}', 'degraded'],
    [200, '<html>', 'failed'],
    [503, '{"source":"cache"}', 'failed'],
  ])('with %i %s is %s', (status, text, outcome) => {
    expect(door.outcomeOf(status, text)).toBe(outcome);
  });
});

function runOf(counts: Partial<Run['counts']>, changes: Partial<Run> = {}): Run {
  const all = { ...Object.fromEntries(OUTCOMES.map((one) => [one, 0])), ...counts } as Run['counts'];
  const calls = Object.values(all).reduce((sum, count) => sum + count, 0);
  const origin = { calls, abandoned: 0, failures: 0, peaks: new Map([['crm', 41]]) };
  const times = { p50Ms: 20, p99Ms: 300, lateStarts: 0, latestStartMs: 3 };
  return { calls, counts: all, bySecond: [all], ...times, looks: [[0, 41]], origin, ...changes };
}

/** The tags that are never closed, or closed in another order. */
function openTags(xml: string): string[] {
  const open: string[] = [];
  for (const [, closing, name = '', empty] of xml.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
    if (closing === '/' && open.at(-1) === name) open.pop();
    else if (empty !== '/') open.push(name);
  }
  return open;
}

describe('the report of a rehearsal', () => {
  const without = runOf({ real: 30, late: 70 });
  const shielded = runOf({ real: 600, stale: 1, degraded: 399 });

  it('says in one sentence what would have happened to callers', () => {
    expect(sentenceOf({ without, with: shielded })).toBe(
      'Without the shield, 70 of 100 callers would have had no answer in time; ' +
        'with it, 60 got data, fewer than 1 older data, 40 got defaults and none went unanswered.',
    );
    expect(sentenceOf({ without: undefined, with: runOf({ real: 9999, failed: 1 }) })).toBe(
      'Of 100 callers, more than 99 got data, none got defaults and fewer than 1 went unanswered.',
    );
  });

  it('says that the origin bears the load alone', () => {
    expect(sentenceOf({ without: runOf({ real: 5 }), with: runOf({ real: 5 }) })).toBe(
      'Without the shield, every caller would have had data in time; ' +
        'with it, 100 got data, none got defaults and none went unanswered.',
    );
  });

  it('refuses to judge after a late start, or if the sandbox counted other calls', () => {
    expect(doubtsOf({ without, with: shielded })).toEqual([]);
    const late = runOf({ real: 9 }, { lateStarts: 2, latestStartMs: 431 });
    expect(doubtsOf({ without, with: late })).toEqual([
      'the generator began 2 of 109 calls too late, by up to 431 ms: lower --calls-per-second',
    ]);
    expect(doubtsOf({ without: { ...without, calls: 101 }, with: shielded })).toEqual([
      'the sandbox counted 100 calls, the generator 101',
    ]);
  });

  it('names every figure that a rehearsal cannot know', () => {
    const lines = tableOf({ without: undefined, with: runOf({ real: 5 }, { origin: undefined }) });
    expect(lines.find((line) => line.startsWith('origin peak'))).toMatch(/–\s+–$/);
    expect(new Set(lines.map(({ length }) => length)).size).toBe(1);
  });

  it('draws a picture whose tags are closed, with words for every colour', () => {
    const plan = planOf(['--for', '2s']);
    for (const rehearsal of [
      { without, with: shielded },
      { without: undefined, with: runOf({}, { looks: [], origin: undefined }) },
    ]) {
      const picture = pictureOf(plan, rehearsal, 'a < b & c');
      expect(openTags(picture)).toEqual([]);
      expect(picture).not.toMatch(/NaN|Infinity|undefined/);
      const texts = [...picture.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text = '']) => text.length);
      expect(Math.max(...texts)).toBeLessThanOrEqual(105);
      for (const words of ['real data', 'stale data', 'default values', 'no answer in time', 'a &lt; b &amp; c'])
        expect(picture).toContain(words);
    }
  });
});
