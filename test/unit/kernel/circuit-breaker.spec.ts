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

let subjects = 0;

/** Every call is about another subject, unless a test names one. */
function newSubject(): string {
  subjects += 1;
  return `subject-${subjects}`;
}

function admitted(subject = newSubject()): CircuitPermit {
  const permit = circuit.tryAcquire(subject);
  if (permit === undefined) throw new Error('no permit');
  return permit;
}

function failTimes(times: number, everyMs = 100): void {
  for (let failure = 0; failure < times; failure++) {
    admitted().failed(newSubject());
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
    expect(circuit.tryAcquire(newSubject())).toBeDefined();
    admitted().failed(newSubject());
    expect(circuit.tryAcquire(newSubject())).toBeUndefined();
  });

  it('counts simultaneous failures as one', () => {
    failTimes(5 * OPENS_AFTER, 0);
    expect(circuit.tryAcquire(newSubject())).toBeDefined();
  });

  it('restarts the count after an answer', () => {
    for (let round = 0; round < 3; round++) {
      failTimes(OPENS_AFTER - 1);
      admitted().succeeded();
    }
    expect(circuit.tryAcquire(newSubject())).toBeDefined();
  });

  it('admits one probe at a time after its open time', () => {
    failTimes(OPENS_AFTER, 100);
    clock.advance(1399);
    expect(circuit.tryAcquire(newSubject())).toBeUndefined();
    clock.advance(1);
    const probe = admitted();
    clock.advance(60_000);
    expect(circuit.tryAcquire(newSubject())).toBeUndefined();
    probe.succeeded();
    expect(circuit.tryAcquire(newSubject())).toBeDefined();
  });

  it('stays open longer after each failed probe, up to a bound', () => {
    openAndWait();
    const spansMs = [2500, 4500, 8500, 10_500, 10_500];
    for (const spanMs of spansMs) {
      admitted().failed(newSubject());
      clock.advance(spanMs - 1);
      expect(circuit.tryAcquire(newSubject())).toBeUndefined();
      clock.advance(1);
    }
  });

  it('admits another probe when the first is cancelled', () => {
    openAndWait();
    admitted().cancel();
    expect(circuit.tryAcquire(newSubject())).toBeDefined();
  });

  it('ignores the results of calls admitted before it opened', () => {
    const before = [admitted(), admitted()];
    failTimes(OPENS_AFTER);
    before[0]?.succeeded();
    expect(circuit.tryAcquire(newSubject())).toBeUndefined();
    clock.advance(1500);
    const probe = admitted();
    before[1]?.failed(newSubject());
    probe.succeeded();
    expect(circuit.tryAcquire(newSubject())).toBeDefined();
  });

  it('stays closed however often calls about two subjects fail', () => {
    for (let failure = 0; failure < 5 * OPENS_AFTER; failure++) {
      admitted().failed(`subject ${failure % 2}`);
      clock.advance(1000);
    }
    expect(circuit.tryAcquire(newSubject())).toBeDefined();
  });

  it('opens when a third subject fails in the same row', () => {
    for (let failure = 0; failure < OPENS_AFTER; failure++) {
      admitted().failed('the same');
      clock.advance(100);
    }
    admitted().failed('second');
    expect(circuit.tryAcquire(newSubject())).toBeDefined();
    admitted().failed('third');
    expect(circuit.tryAcquire(newSubject())).toBeUndefined();
  });

  it('opens at once when the credentials are refused for three subjects in a row', () => {
    for (const subject of ['first', 'first', 'second', 'second']) admitted().refused(subject);
    admitted().succeeded();
    for (const subject of ['third', 'third', 'fourth']) admitted().refused(subject);
    expect(circuit.tryAcquire(newSubject())).toBeDefined();
    admitted().refused('fifth');
    expect(circuit.tryAcquire(newSubject())).toBeUndefined();
  });

  it('lets other subjects probe before the subject whose probe failed', () => {
    openAndWait();
    admitted('odd').failed('odd');
    clock.advance(2500);
    expect(circuit.tryAcquire('odd')).toBeUndefined();
    admitted('another').succeeded();
    expect(circuit.tryAcquire('odd')).toBeDefined();
  });

  it('lets a single subject probe again after twice the open time', () => {
    openAndWait();
    admitted('odd').failed('odd');
    clock.advance(4999);
    expect(circuit.tryAcquire('odd')).toBeUndefined();
    clock.advance(1);
    expect(circuit.tryAcquire('odd')).toBeDefined();
  });
});
