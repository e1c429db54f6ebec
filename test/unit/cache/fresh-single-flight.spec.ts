import { beforeEach, describe, expect, it } from '@jest/globals';
import { FreshSingleFlight } from '../../../src/kernel/fresh-single-flight.js';
import { Gate } from '../../support/gate.js';
import { ManualClock } from '../../support/manual-clock.js';

const KEY = 'cust:customer:10001:a4f8';
const NO_DEADLINE_MS = 1_000_000;

let clock: ManualClock;
let flights: FreshSingleFlight<string>;
let gates: Gate[];
let running: number;

beforeEach(() => {
  clock = new ManualClock();
  flights = new FreshSingleFlight(clock);
  gates = [];
  running = 0;
});

/** Finishes with its number when its gate opens. */
const load = async (): Promise<string> => {
  const gate = new Gate();
  const number = gates.push(gate);
  running += 1;
  await gate.wait();
  running -= 1;
  return `load ${number}`;
};
const ask = (noEarlierThanMs = clock.nowMs(), wantedUntilMs = NO_DEADLINE_MS): Promise<string> =>
  flights.join(KEY, noEarlierThanMs, wantedUntilMs, load);
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('FreshSingleFlight', () => {
  it('shares a load that began no earlier than a caller allows', async () => {
    const askedAtMs = clock.nowMs();
    const all = [ask(), ask(), ask(askedAtMs - 5)];
    clock.advance(10);
    all.push(ask(askedAtMs));
    gates[0]?.open();
    expect(await Promise.all(all)).toEqual(['load 1', 'load 1', 'load 1', 'load 1']);
  });

  it('shares the next load, which begins when the first ends, among callers that were too late for the first', async () => {
    const first = ask();
    clock.advance(10);
    const late = [ask(), ask()];
    await settled();
    expect([gates.length, running]).toEqual([1, 1]);
    gates[0]?.open();
    expect(await first).toBe('load 1');
    await settled();
    expect([gates.length, running]).toEqual([2, 1]);
    gates[1]?.open();
    expect(await Promise.all(late)).toEqual(['load 2', 'load 2']);
    expect(flights.size).toBe(0);
  });

  it('never runs two loads of a key at the same time, even for callers that come between two loads', async () => {
    void ask();
    clock.advance(1);
    void ask();
    gates[0]?.open();
    for (let tick = 0; tick < 20; tick += 1) {
      clock.advance(1);
      void ask();
      await Promise.resolve();
      expect(running).toBeLessThanOrEqual(1);
    }
  });

  it('begins the next load after a failed load, too', async () => {
    const failing = flights.join(KEY, clock.nowMs(), NO_DEADLINE_MS, () => Promise.reject(new Error('failed')));
    clock.advance(1);
    const late = ask();
    await expect(failing).rejects.toThrow('failed');
    await settled();
    gates[0]?.open();
    expect(await late).toBe('load 1');
  });

  it('begins no load if all its callers have reached their deadlines', async () => {
    const first = ask();
    clock.advance(10);
    const expired = ask(clock.nowMs(), clock.nowMs() + 5);
    const alsoExpired = ask(clock.nowMs(), clock.nowMs() + 20);
    clock.advance(20);
    gates[0]?.open();
    await first;
    await expect(expired).rejects.toMatchObject({ code: 'origin_timeout' });
    await expect(alsoExpired).rejects.toMatchObject({ code: 'origin_timeout' });
    expect([gates.length, flights.size]).toEqual([1, 0]);
  });
});
