import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ConnectionBreaker } from '../../../src/kernel/connection-breaker.js';
import { ManualClock } from '../../support/manual-clock.js';

const OPENS_AFTER = 3;
const PROBE_EVERY_MS = 250;

let clock: ManualClock;
let breaker: ConnectionBreaker;

beforeEach(() => {
  clock = new ManualClock();
  breaker = new ConnectionBreaker(clock, { opensAfter: OPENS_AFTER, probeEveryMs: PROBE_EVERY_MS });
});

function failTimes(times: number): void {
  for (let failure = 0; failure < times; failure++) breaker.failed();
}

describe('ConnectionBreaker', () => {
  it('admits every command while it is closed', () => {
    expect(breaker.isOpen).toBe(false);
    for (let call = 0; call < 100; call++) expect(breaker.tryAcquire()).toBe(true);
  });

  it('opens after the declared number of consecutive failures', () => {
    failTimes(OPENS_AFTER - 1);
    expect(breaker.isOpen).toBe(false);
    breaker.failed();

    expect(breaker.isOpen).toBe(true);
    expect(breaker.tryAcquire()).toBe(false);
  });

  it('restarts the count after a success', () => {
    failTimes(OPENS_AFTER - 1);
    breaker.succeeded();
    failTimes(OPENS_AFTER - 1);

    expect(breaker.isOpen).toBe(false);
  });

  it('admits one probe per interval and no other command', () => {
    failTimes(OPENS_AFTER);
    clock.advance(PROBE_EVERY_MS - 1);
    expect(breaker.tryAcquire()).toBe(false);
    clock.advance(1);

    expect([breaker.tryAcquire(), breaker.tryAcquire(), breaker.tryAcquire()]).toEqual([true, false, false]);
    expect(breaker.isOpen).toBe(true);
  });

  it('closes when the probe succeeds', () => {
    failTimes(OPENS_AFTER);
    clock.advance(PROBE_EVERY_MS);
    breaker.tryAcquire();
    breaker.succeeded();

    expect(breaker.isOpen).toBe(false);
    expect([breaker.tryAcquire(), breaker.tryAcquire()]).toEqual([true, true]);
  });

  it('waits a whole interval after a failed probe', () => {
    failTimes(OPENS_AFTER);
    clock.advance(PROBE_EVERY_MS);
    breaker.tryAcquire();
    clock.advance(PROBE_EVERY_MS / 2);
    breaker.failed();
    clock.advance(PROBE_EVERY_MS - 1);
    expect(breaker.tryAcquire()).toBe(false);
    clock.advance(1);

    expect(breaker.tryAcquire()).toBe(true);
  });

  it('admits another probe when the last one never reports', () => {
    failTimes(OPENS_AFTER);
    clock.advance(PROBE_EVERY_MS);
    breaker.tryAcquire();
    clock.advance(PROBE_EVERY_MS);

    expect(breaker.tryAcquire()).toBe(true);
  });

  it('is not kept open by failures of commands admitted before it opened', () => {
    failTimes(OPENS_AFTER);
    clock.advance(PROBE_EVERY_MS - 1);
    failTimes(10);
    clock.advance(1);

    expect(breaker.tryAcquire()).toBe(true);
  });

  it('never admits more than one command per interval while it is open, in any order of events', () => {
    const event = fc.oneof(fc.constantFrom('ask' as const, 'fail' as const), fc.nat({ max: 2 * PROBE_EVERY_MS }));
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const time = new ManualClock();
        const open = new ConnectionBreaker(time, { opensAfter: 1, probeEveryMs: PROBE_EVERY_MS });
        open.failed();
        const admittedAtMs = [0];
        for (const what of events) {
          if (typeof what === 'number') time.advance(what);
          else if (what === 'fail') open.failed();
          else if (open.tryAcquire()) admittedAtMs.push(time.nowMs());
        }
        const gapsMs = admittedAtMs.slice(1).map((atMs, index) => atMs - (admittedAtMs[index] ?? 0));
        expect(gapsMs.every((gapMs) => gapMs >= PROBE_EVERY_MS)).toBe(true);
        expect(open.isOpen).toBe(true);
      }),
    );
  });
});
