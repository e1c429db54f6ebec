import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { check, type Violation } from './check.js';
import type { Ack, History, Read, Write } from './history.js';

const write = (version: number, atMs: number, subject = 1): Write => ({ subject, version, atMs });
const ack = (version: number, atMs: number, subject = 1): Ack => ({ subject, version, atMs });
const read = (version: number, startMs: number, more: Partial<Read> = {}): Read => ({
  ...{ subject: 1, version, startMs, endMs: startMs + 5, graceMs: 0 },
  ...more,
});

const WRITES = [write(1, 0), write(2, 10), write(3, 40)];
const kinds = (history: Omit<History, 'writes'>): Violation['kind'][] =>
  check({ writes: WRITES, ...history }).violations.map(({ kind }) => kind);

describe('the checker', () => {
  it('finds the old version in a read that started after the acknowledgement', () => {
    const { violations, checked } = check({ writes: WRITES, acks: [ack(2, 20)], reads: [read(1, 21)] });

    expect(violations).toEqual([{ kind: 'stale', read: read(1, 21), floor: ack(2, 20) }]);
    expect(checked).toBe(1);
  });

  it('allows the old version to a read that started before the acknowledgement, however late it ended', () => {
    expect(kinds({ acks: [ack(2, 20)], reads: [read(1, 19, { endMs: 900 }), read(1, 20)] })).toEqual([]);
  });

  it('allows every version from the acknowledged one on', () => {
    expect(kinds({ acks: [ack(2, 20)], reads: [read(2, 60), read(3, 60), read(2, 61)] })).toEqual([]);
  });

  it('asks for the newest of what was acknowledged, in whatever order that came', () => {
    expect(kinds({ acks: [ack(3, 50), ack(2, 60)], reads: [read(2, 70)] })).toEqual(['stale']);
    expect(kinds({ acks: [ack(2, 60), ack(3, 50)], reads: [read(2, 55), read(3, 55)] })).toEqual(['stale']);
  });

  it('claims nothing of an invalidation nobody acknowledged', () => {
    const verdict = check({ writes: WRITES, acks: [], reads: [read(1, 1000)] });

    expect(verdict).toEqual({ checked: 0, excused: 0, violations: [] });
  });

  it('keeps subjects apart', () => {
    expect(kinds({ acks: [ack(2, 20, 7)], reads: [read(1, 30)] })).toEqual([]);
  });

  it('gives a read its grace and no more, and counts those that needed it', () => {
    const inGrace = check({ writes: WRITES, acks: [ack(2, 20)], reads: [read(1, 2019, { graceMs: 2000 })] });
    const beyond = check({ writes: WRITES, acks: [ack(2, 20)], reads: [read(1, 2021, { graceMs: 2000 })] });

    expect(inGrace).toEqual({ checked: 0, excused: 1, violations: [] });
    expect(beyond).toMatchObject({ checked: 1, excused: 0, violations: [{ kind: 'stale' }] });
  });

  it('asks, within the grace, for what was acknowledged before it', () => {
    const acks = [ack(2, 20), ack(3, 1500)];

    expect(kinds({ acks, reads: [read(2, 2100, { graceMs: 2000 })] })).toEqual([]);
    expect(kinds({ acks, reads: [read(1, 2100, { graceMs: 2000 })] })).toEqual(['stale']);
  });

  it('finds a version that was not written when the read ended', () => {
    expect(kinds({ acks: [], reads: [read(3, 30)] })).toEqual(['unwritten']);
    expect(kinds({ acks: [], reads: [read(9, 30)] })).toEqual(['unwritten']);
    expect(kinds({ acks: [], reads: [read(3, 36)] })).toEqual([]);
  });

  it('agrees with a checker that tries every pair', () => {
    const time = fc.integer({ min: 0, max: 50 });
    const subject = fc.integer({ min: 1, max: 2 });
    const version = fc.integer({ min: 1, max: 4 });
    const acks = fc.array(fc.record({ subject, version, atMs: time }), { maxLength: 12 });
    const graceMs = fc.constantFrom(0, 10);
    const reads = fc.array(fc.record({ subject, version, startMs: time, endMs: fc.constant(60), graceMs }));
    const writes = [1, 2].flatMap((of) => [1, 2, 3, 4].map((one) => write(one, 0, of)));

    fc.assert(
      fc.property(acks, reads, (someAcks, someReads) => {
        const found = check({ writes, acks: someAcks, reads: someReads }).violations.map((violation) => violation.read);
        expect(found).toEqual(staleByEveryPair(someAcks, someReads));
      }),
    );
  });

  it('finds one exchanged version among a million reads', () => {
    const history = aMillionReads();
    const ofThree = history.reads.filter(({ subject }) => subject === 3);
    const early = ofThree.find(({ version }) => version === 40);
    const late = ofThree.find(({ version }) => version === 42);
    const swapped = history.reads.map((one) =>
      one === early ? { ...one, version: 42 } : one === late ? { ...one, version: 40 } : one,
    );

    expect(check(history)).toMatchObject({ checked: 990_000, violations: [] });
    expect(check({ ...history, reads: swapped }).violations).toMatchObject([
      { kind: 'unwritten', read: { subject: 3, version: 42 } },
      { kind: 'stale', read: { subject: 3, version: 40 }, floor: { version: 42 } },
    ]);
  });
});

function staleByEveryPair(acks: readonly Ack[], reads: readonly Read[]): Read[] {
  return reads.filter(({ subject, version, startMs, graceMs }) =>
    acks.some((one) => one.subject === subject && one.atMs < startMs - graceMs && version < one.version),
  );
}

/** 100 customers, 100 versions each, 100 reads of each version after it was acknowledged; the first version never is. */
function aMillionReads(): History {
  const writes: Write[] = [];
  const acks: Ack[] = [];
  const reads: Read[] = [];
  for (let version = 0; version < 100; version += 1) {
    for (let subject = 0; subject < 100; subject += 1) {
      const atMs = version * 1000 + subject;
      writes.push({ subject, version, atMs });
      if (version > 0) acks.push({ subject, version, atMs: atMs + 1 });
      for (let nth = 0; nth < 100; nth += 1) reads.push(read(version, atMs + 2 + nth, { subject }));
    }
  }
  return { writes, acks, reads };
}
