import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SingleFlight, type Flight } from '../../../src/kernel/single-flight.js';
import { Gate } from '../../support/gate.js';

const KEY = 'cust:customer:10001:a4f8';

let flights: SingleFlight<string>;
let started: number;
let gate: Gate;

beforeEach(() => {
  flights = new SingleFlight();
  started = 0;
  gate = new Gate();
});

/** Work that lands when the gate opens. */
const work = async (): Promise<string> => {
  started += 1;
  await gate.wait();
  return 'landed';
};
const failing = async (): Promise<string> => {
  started += 1;
  await gate.wait();
  throw new Error('crashed');
};

describe('a single flight', () => {
  it('does the work once for all who come while it is up', async () => {
    const joined = Array.from({ length: 100 }, () => flights.join(KEY, 0, work));
    expect([started, flights.size]).toEqual([1, 1]);
    gate.open();

    expect(new Set(await Promise.all(joined))).toEqual(new Set(['landed']));
  });

  it('gives all of them the same error', async () => {
    const joined = Array.from({ length: 10 }, () => flights.join(KEY, 0, failing));
    gate.open();
    const outcomes = await Promise.allSettled(joined);

    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as Error) : undefined));
    expect(reasons[0]?.message).toBe('crashed');
    expect(new Set(reasons).size).toBe(1);
    expect(started).toBe(1);
  });

  it('is forgotten once it has landed, and once it has crashed', async () => {
    gate.open();
    await flights.join(KEY, 0, work);
    await expect(flights.join(KEY, 0, failing)).rejects.toThrow('crashed');
    await flights.join(KEY, 0, work);

    expect([started, flights.size]).toEqual([3, 0]);
  });

  it('is gone before its waiters hear of it, so that they may start the next', async () => {
    gate.open();
    let sizeSeen: number | undefined;
    await flights.join(KEY, 0, work).then(() => (sizeSeen = flights.size));

    expect(sizeSeen).toBe(0);
  });

  it('keeps one key from no other', async () => {
    const joined = ['a', 'b', 'c'].map((key) => flights.join(key, 0, work));
    expect([started, flights.size]).toEqual([3, 3]);
    gate.open();
    await Promise.all(joined);
  });

  it('knows until when the most patient of its waiters waits', async () => {
    let flight: Flight<string> | undefined;
    const leading = flights.join(KEY, 100, (mine) => {
      flight = mine;
      return work();
    });
    void flights.join(KEY, 300, work);
    void flights.join(KEY, 200, work);
    gate.open();
    await leading;

    expect(flight?.wantedUntilMs).toBe(300);
  });

  it('may crash with nobody waiting', async () => {
    void flights.join(KEY, 0, failing);
    gate.open();
    await new Promise((resolve) => setImmediate(resolve));

    expect(flights.size).toBe(0);
  });

  it('has at most one work under way a key, in whatever order they come and land', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(fc.constantFrom('a', 'b'), { maxLength: 20 }), async (s, keys) => {
        const single = new SingleFlight<number>();
        const underWay = new Map<string, number>();
        let most = 0;
        const load = async (key: string): Promise<number> => {
          underWay.set(key, (underWay.get(key) ?? 0) + 1);
          most = Math.max(most, underWay.get(key) ?? 0);
          await s.schedule(Promise.resolve());
          underWay.set(key, (underWay.get(key) ?? 0) - 1);
          return 1;
        };
        const asked = keys.map((key) => s.schedule(Promise.resolve()).then(() => single.join(key, 0, () => load(key))));
        await s.waitFor(Promise.all(asked));
        expect(most).toBeLessThanOrEqual(1);
        expect(single.size).toBe(0);
      }),
    );
  });
});
