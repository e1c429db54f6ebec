import { describe, expect, it } from '@jest/globals';
import { check, isExcused, unexplained, type Ending, type LockRecord } from './claim-history.js';

const TERMS = { claimTtlMs: 100, holdMs: 1000 };
const released = (sentMs: number): Ending => ({ kind: 'released', sentMs, ackMs: sentMs + 5 });
const ABANDONED: Ending = { kind: 'abandoned' };

let fences = 0;
function lock(requestedMs: number, ending: Ending, more: Partial<LockRecord> = {}): LockRecord {
  fences += 1;
  return {
    agentId: 'a',
    token: String(fences),
    fence: fences,
    requestedMs,
    answeredMs: requestedMs + 5,
    ending,
    ...more,
  };
}
const kinds = (...locks: LockRecord[]) => check(locks, TERMS).map(({ kind }) => kind);

describe('the claim checker', () => {
  it('reports no violation when each lock ends before the next one begins', () => {
    expect(kinds(lock(0, released(20)), lock(30, ABANDONED), lock(140, released(150)), lock(150, ABANDONED))).toEqual(
      [],
    );
  });

  it('allows a lock to begin while the previous release is under way', () => {
    expect(kinds(lock(0, released(20)), lock(18, ABANDONED))).toEqual([]);
  });

  it('reports a claim of a locked agent', () => {
    expect(kinds(lock(0, released(50)), lock(20, ABANDONED))).toEqual(['double']);
  });

  it('reports a claim of an agent whose unconfirmed lock has not expired', () => {
    expect(kinds(lock(0, ABANDONED), lock(80, ABANDONED))).toEqual(['double']);
  });

  it('reports a claim of an agent that a confirmed lock holds', () => {
    expect(kinds(lock(0, ABANDONED, { heldSinceMs: 50 }), lock(900, ABANDONED))).toEqual(['double']);
    expect(kinds(lock(0, ABANDONED, { heldSinceMs: 50 }), lock(1050, ABANDONED))).toEqual([]);
  });

  it('allows a claim of the agent of a confirmed lock after the store lost data, and not before the claim TTL', () => {
    const held = lock(0, ABANDONED, { heldSinceMs: 50 });
    const terms = { ...TERMS, lossesMs: [60] };
    expect(check([held, lock(110, ABANDONED)], terms)).toEqual([]);
    expect(check([held, lock(80, ABANDONED)], terms)).toMatchObject([{ kind: 'double' }]);
  });

  it('reports a fence that decreases and a fence that is issued twice', () => {
    const early = lock(0, released(10));
    const late = lock(500, released(510));
    expect(kinds({ ...early, fence: late.fence }, { ...late, fence: early.fence })).toEqual(['double', 'fence']);
    expect(kinds(early, { ...late, fence: early.fence })).toEqual(['fence']);
  });

  it('reports a lock that its owner lost before the lock can have expired', () => {
    expect(kinds(lock(0, { kind: 'refused', ackMs: 50 }))).toEqual(['lost']);
    expect(kinds(lock(0, { kind: 'refused', ackMs: 110 }))).toEqual([]);
  });

  it('excuses a lock that its owner lost only by a loss of data between the request and the refusal', () => {
    const [lost] = check([lock(0, { kind: 'refused', ackMs: 50 })], TERMS);
    if (lost === undefined) throw new Error('the checker reports no violation');
    expect([[0], [50], [20, 90]].map((lossesMs) => isExcused(lost, lossesMs))).toEqual([true, true, true]);
    expect([[], [-1], [51]].map((lossesMs) => isExcused(lost, lossesMs))).toEqual([false, false, false]);
    const [double] = check([lock(0, released(50)), lock(20, ABANDONED)], TERMS);
    expect(double !== undefined && isExcused(double, [30])).toBe(false);
  });

  it('explains a call with two locks by a loss of data or the end of the first lock', () => {
    const split = { requestedMs: 10, answeredMs: 60 };
    expect(unexplained([split], TERMS)).toEqual([split]);
    expect(unexplained([split], { ...TERMS, lossesMs: [9, 61] })).toEqual([split]);
    expect(unexplained([split], { ...TERMS, lossesMs: [30] })).toEqual([]);
    expect(unexplained([{ ...split, answeredMs: 110 }], TERMS)).toEqual([]);
  });

  it('accepts overlapping locks of different agents', () => {
    expect(kinds(lock(0, ABANDONED), lock(10, ABANDONED, { agentId: 'b' }))).toEqual([]);
  });
});
