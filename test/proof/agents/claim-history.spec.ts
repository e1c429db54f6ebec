import { describe, expect, it } from '@jest/globals';
import { check, type Ending, type LockRecord } from './claim-history.js';

const TERMS = { claimTtlMs: 100, holdMs: 1000 };
const released = (sentMs: number): Ending => ({ kind: 'released', sentMs, ackMs: sentMs + 5 });
const ABANDONED: Ending = { kind: 'abandoned' };

let fences = 0;
function lock(askedMs: number, ending: Ending, more: Partial<LockRecord> = {}): LockRecord {
  fences += 1;
  return { agentId: 'a', token: String(fences), fence: fences, askedMs, gotMs: askedMs + 5, ending, ...more };
}
const kinds = (...locks: LockRecord[]) => check(locks, TERMS).map(({ kind }) => kind);

describe('the checker of claims', () => {
  it('finds nothing where each lock ends before the next begins', () => {
    expect(kinds(lock(0, released(20)), lock(30, ABANDONED), lock(140, released(150)), lock(150, ABANDONED))).toEqual(
      [],
    );
  });

  it('lets a lock begin while the release before is under way', () => {
    expect(kinds(lock(0, released(20)), lock(18, ABANDONED))).toEqual([]);
  });

  it('finds a claim of somebody who is locked', () => {
    expect(kinds(lock(0, released(50)), lock(20, ABANDONED))).toEqual(['double']);
  });

  it('finds a claim of somebody whose lease had not run out', () => {
    expect(kinds(lock(0, ABANDONED), lock(80, ABANDONED))).toEqual(['double']);
  });

  it('finds a claim of somebody who is held', () => {
    expect(kinds(lock(0, ABANDONED, { heldSinceMs: 50 }), lock(900, ABANDONED))).toEqual(['double']);
    expect(kinds(lock(0, ABANDONED, { heldSinceMs: 50 }), lock(1050, ABANDONED))).toEqual([]);
  });

  it('finds a fence that went back, and one that was given twice', () => {
    const early = lock(0, released(10));
    const late = lock(500, released(510));
    expect(kinds({ ...early, fence: late.fence }, { ...late, fence: early.fence })).toEqual(['double', 'fence']);
    expect(kinds(early, { ...late, fence: early.fence })).toEqual(['fence']);
  });

  it('finds a lock that its owner lost too soon', () => {
    expect(kinds(lock(0, { kind: 'refused', ackMs: 50 }))).toEqual(['lost']);
    expect(kinds(lock(0, { kind: 'refused', ackMs: 110 }))).toEqual([]);
  });

  it('does not mix up agents', () => {
    expect(kinds(lock(0, ABANDONED), lock(10, ABANDONED, { agentId: 'b' }))).toEqual([]);
  });
});
