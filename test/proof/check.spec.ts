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

describe('the stale-read checker', () => {
  it('reports an old version in a read that started after the acknowledgement', () => {
    const { violations, checked } = check({ writes: WRITES, acks: [ack(2, 20)], reads: [read(1, 21)] });

    expect(violations).toEqual([{ kind: 'stale', read: read(1, 21), floor: ack(2, 20) }]);
    expect(checked).toBe(1);
  });

  it('allows an old version in a read that started before the acknowledgement and ended late', () => {
    expect(kinds({ acks: [ack(2, 20)], reads: [read(1, 19, { endMs: 900 }), read(1, 20)] })).toEqual([]);
  });

  it('allows the acknowledged version and every later version', () => {
    expect(kinds({ acks: [ack(2, 20)], reads: [read(2, 60), read(3, 60), read(2, 61)] })).toEqual([]);
  });

  it('requires the newest acknowledged version in whichever order acknowledgements arrive', () => {
    expect(kinds({ acks: [ack(3, 50), ack(2, 60)], reads: [read(2, 70)] })).toEqual(['stale']);
    expect(kinds({ acks: [ack(2, 60), ack(3, 50)], reads: [read(2, 55), read(3, 55)] })).toEqual(['stale']);
  });

  it('requires no version for an invalidation without an acknowledgement', () => {
    const verdict = check({ writes: WRITES, acks: [], reads: [read(1, 1000)] });

    expect(verdict).toEqual({ checked: 0, excused: 0, violations: [] });
  });

  it('applies an acknowledgement only to reads of the same subject', () => {
    expect(kinds({ acks: [ack(2, 20, 7)], reads: [read(1, 30)] })).toEqual([]);
  });

  it('excuses and counts a stale read within its grace period, and reports one after it', () => {
    const inGrace = check({ writes: WRITES, acks: [ack(2, 20)], reads: [read(1, 2019, { graceMs: 2000 })] });
    const beyond = check({ writes: WRITES, acks: [ack(2, 20)], reads: [read(1, 2021, { graceMs: 2000 })] });

    expect(inGrace).toEqual({ checked: 0, excused: 1, violations: [] });
    expect(beyond).toMatchObject({ checked: 1, excused: 0, violations: [{ kind: 'stale' }] });
  });

  it('requires the version acknowledged before the grace period began', () => {
    const acks = [ack(2, 20), ack(3, 1500)];

    expect(kinds({ acks, reads: [read(2, 2100, { graceMs: 2000 })] })).toEqual([]);
    expect(kinds({ acks, reads: [read(1, 2100, { graceMs: 2000 })] })).toEqual(['stale']);
  });

  it('reports a version that was not written when the read ended', () => {
    expect(kinds({ acks: [], reads: [read(3, 30)] })).toEqual(['unwritten']);
    expect(kinds({ acks: [], reads: [read(9, 30)] })).toEqual(['unwritten']);
    expect(kinds({ acks: [], reads: [read(3, 36)] })).toEqual([]);
  });

  it('agrees with a checker that compares every acknowledgement with every read', () => {
    const time = fc.integer({ min: 0, max: 50 });
    const subject = fc.integer({ min: 1, max: 2 });
    const version = fc.integer({ min: 1, max: 4 });
    const acks = fc.array(fc.record({ subject, version, atMs: time }), { maxLength: 12 });
    const graceMs = fc.constantFrom(0, 10);
    const reads = fc.array(fc.record({ subject, version, startMs: time, endMs: fc.constant(60), graceMs }));
    const writes = [1, 2].flatMap((customer) => [1, 2, 3, 4].map((number) => write(number, 0, customer)));

    fc.assert(
      fc.property(acks, reads, (someAcks, someReads) => {
        const found = check({ writes, acks: someAcks, reads: someReads }).violations.map((violation) => violation.read);
        expect(found).toEqual(staleByEveryPair(someAcks, someReads));
      }),
    );
  });

  it('reports two exchanged versions among a million reads', () => {
    const history = millionReads();
    const readsOfThree = history.reads.filter(({ subject }) => subject === 3);
    const early = readsOfThree.find(({ version }) => version === 40);
    const late = readsOfThree.find(({ version }) => version === 42);
    const swapped = history.reads.map((entry) =>
      entry === early ? { ...entry, version: 42 } : entry === late ? { ...entry, version: 40 } : entry,
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
    acks.some((entry) => entry.subject === subject && entry.atMs < startMs - graceMs && version < entry.version),
  );
}

/**
 * 100 customers with 100 versions each, and 100 reads of each version after its acknowledgement.
 * The first version has no acknowledgement.
 */
function millionReads(): History {
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
