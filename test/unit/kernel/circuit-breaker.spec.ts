import { beforeEach, describe, expect, it } from '@jest/globals';
import { CircuitBreaker, type CircuitPermit } from '../../../src/kernel/circuit-breaker.js';
import { ManualClock } from '../../support/manual-clock.js';

const OPENS_AFTER = 10;

let clock: ManualClock;
let circuit: CircuitBreaker;

beforeEach(() => {
  clock = new ManualClock();
  // Draws the longest open time.
  circuit = new CircuitBreaker(clock, () => 1);
});

function admitted(): CircuitPermit {
  const permit = circuit.tryAcquire();
  if (permit === undefined) throw new Error('no permit');
  return permit;
}

function failTimes(times: number, everyMs = 100): void {
  for (let failure = 0; failure < times; failure++) {
    admitted().failed();
    clock.advance(everyMs);
  }
}

/** Opens the circuit, and waits until it may be probed. */
function openAndWait(): void {
  failTimes(OPENS_AFTER);
  clock.advance(1500);
}

describe('CircuitBreaker', () => {
  it('opens after ten consecutive failures', () => {
    failTimes(OPENS_AFTER - 1);
    expect(circuit.tryAcquire()).toBeDefined();
    admitted().failed();
    expect(circuit.tryAcquire()).toBeUndefined();
  });

  it('counts simultaneous failures as one', () => {
    failTimes(5 * OPENS_AFTER, 0);
    expect(circuit.tryAcquire()).toBeDefined();
  });

  it('restarts the count after an answer', () => {
    for (let round = 0; round < 3; round++) {
      failTimes(OPENS_AFTER - 1);
      admitted().succeeded();
    }
    expect(circuit.tryAcquire()).toBeDefined();
  });

  it('admits one probe at a time after its open time', () => {
    failTimes(OPENS_AFTER, 100);
    clock.advance(1399);
    expect(circuit.tryAcquire()).toBeUndefined();
    clock.advance(1);
    const probe = admitted();
    clock.advance(60_000);
    expect(circuit.tryAcquire()).toBeUndefined();
    probe.succeeded();
    expect(circuit.tryAcquire()).toBeDefined();
  });

  it('stays open longer after each failed probe, up to a bound', () => {
    openAndWait();
    const spansMs = [2500, 4500, 8500, 10_500, 10_500];
    for (const spanMs of spansMs) {
      admitted().failed();
      clock.advance(spanMs - 1);
      expect(circuit.tryAcquire()).toBeUndefined();
      clock.advance(1);
    }
  });

  it('admits another probe when the first is cancelled', () => {
    openAndWait();
    admitted().cancel();
    expect(circuit.tryAcquire()).toBeDefined();
  });

  it('ignores the results of calls admitted before it opened', () => {
    const before = [admitted(), admitted()];
    failTimes(OPENS_AFTER);
    before[0]?.succeeded();
    expect(circuit.tryAcquire()).toBeUndefined();
    clock.advance(1500);
    const probe = admitted();
    before[1]?.failed();
    probe.succeeded();
    expect(circuit.tryAcquire()).toBeDefined();
  });
});
