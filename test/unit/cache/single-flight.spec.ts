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

/** Finishes when the gate opens. */
const work = async (): Promise<string> => {
  started += 1;
  await gate.wait();
  return 'finished';
};
const failing = async (): Promise<string> => {
  started += 1;
  await gate.wait();
  throw new Error('failed');
};

describe('SingleFlight', () => {
  it('does the work once for all callers that join while it runs', async () => {
    const joined = Array.from({ length: 100 }, () => flights.join(KEY, 0, work));
    expect([started, flights.size]).toEqual([1, 1]);
    gate.open();

    expect(new Set(await Promise.all(joined))).toEqual(new Set(['finished']));
  });

  it('gives all callers the same error', async () => {
    const joined = Array.from({ length: 10 }, () => flights.join(KEY, 0, failing));
    gate.open();
    const outcomes = await Promise.allSettled(joined);

    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as Error) : undefined));
    expect(reasons[0]?.message).toBe('failed');
    expect(new Set(reasons).size).toBe(1);
    expect(started).toBe(1);
  });

  it('removes a flight after it has finished and after it has failed', async () => {
    gate.open();
    await flights.join(KEY, 0, work);
    await expect(flights.join(KEY, 0, failing)).rejects.toThrow('failed');
    await flights.join(KEY, 0, work);

    expect([started, flights.size]).toEqual([3, 0]);
  });

  it('removes a flight before its callers get the result, so that they can start the next flight', async () => {
    gate.open();
    let sizeSeen: number | undefined;
    await flights.join(KEY, 0, work).then(() => (sizeSeen = flights.size));

    expect(sizeSeen).toBe(0);
  });

  it('runs flights of different keys at the same time', async () => {
    const joined = ['a', 'b', 'c'].map((key) => flights.join(key, 0, work));
    expect([started, flights.size]).toEqual([3, 3]);
    gate.open();
    await Promise.all(joined);
  });

  it('knows the latest deadline of all its callers', async () => {
    let flight: Flight<string> | undefined;
    const leading = flights.join(KEY, 100, (current) => {
      flight = current;
      return work();
    });
    void flights.join(KEY, 300, work);
    void flights.join(KEY, 200, work);
    gate.open();
    await leading;

    expect(flight?.wantedUntilMs).toBe(300);
  });

  it('accepts a failed flight that has no waiting caller', async () => {
    void flights.join(KEY, 0, failing);
    gate.open();
    await new Promise((resolve) => setImmediate(resolve));

    expect(flights.size).toBe(0);
  });

  it('runs at most one work per key, in whatever order callers join and flights finish', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(fc.constantFrom('a', 'b'), { maxLength: 20 }), async (s, keys) => {
        const single = new SingleFlight<number>();
        const running = new Map<string, number>();
        let most = 0;
        const load = async (key: string): Promise<number> => {
          running.set(key, (running.get(key) ?? 0) + 1);
          most = Math.max(most, running.get(key) ?? 0);
          await s.schedule(Promise.resolve());
          running.set(key, (running.get(key) ?? 0) - 1);
          return 1;
        };
        const joined = keys.map((key) =>
          s.schedule(Promise.resolve()).then(() => single.join(key, 0, () => load(key))),
        );
        await s.waitFor(Promise.all(joined));
        expect(most).toBeLessThanOrEqual(1);
        expect(single.size).toBe(0);
      }),
    );
  });
});
