import { describe, expect, it } from '@jest/globals';
import type { EntryRead, LoadState, ReadRequest } from '../../../src/cache/internal/entry-store.js';
import { resolveReaders, rejectReaders, ReadBatch, type BatchedRead } from '../../../src/cache/internal/read-batch.js';

let tokens = 0;
const request = (changes: Partial<ReadRequest> = {}): ReadRequest => ({
  ...{ format: 'f', leaseToken: `t${(tokens += 1)}`, leaseMs: 1500, discard: false, withinMs: 10_000 },
  ...changes,
});
const nextTick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A batch that records the reads it sends. */
function batchOf(maxReads = 64): { batch: ReadBatch; sent: (readonly BatchedRead[])[] } {
  const sent: (readonly BatchedRead[])[] = [];
  return {
    batch: new ReadBatch(
      () => maxReads,
      (reads) => void sent.push(reads),
    ),
    sent,
  };
}

const keysOf = (sent: readonly (readonly BatchedRead[])[]): string[][] =>
  sent.map((reads) => reads.map(({ key }) => key));
const readWith = (load: LoadState, text?: string): EntryRead => ({
  ...{ version: 'v', load, foreign: true, tooOld: false },
  stored: text === undefined ? undefined : { text, freshForMs: 5 },
});

describe('ReadBatch', () => {
  it('sends the reads of one event-loop tick together, each entry once', async () => {
    const { batch, sent } = batchOf();
    for (const key of ['a', 'b', 'a', 'c', 'b']) void batch.read(key, request());
    expect(sent).toEqual([]);
    await nextTick();
    expect(keysOf(sent)).toEqual([['a', 'b', 'c']]);
    expect(sent[0]?.map(({ readers }) => readers.length)).toEqual([2, 2, 1]);
  });

  it('does not join a read that was already sent', async () => {
    const { batch, sent } = batchOf();
    void batch.read('a', request());
    await nextTick();
    void batch.read('a', request());
    await nextTick();
    expect(keysOf(sent)).toEqual([['a'], ['a']]);
  });

  it('sends the batch at once when it is full', async () => {
    const { batch, sent } = batchOf(2);
    for (const key of ['a', 'b', 'c']) void batch.read(key, request());
    expect(keysOf(sent)).toEqual([['a', 'b']]);
    await nextTick();
    await nextTick();
    expect(keysOf(sent)).toEqual([['a', 'b'], ['c']]);
  });

  it('sends different requests for one entry as separate reads, in the order of the calls', async () => {
    const { batch, sent } = batchOf();
    void batch.read('a', request());
    void batch.read('a', request({ format: 'older' }));
    void batch.read('a', request({ format: 'older', discard: true }));
    void batch.read('a', request({ format: 'older', discard: true }));
    await nextTick();
    expect(keysOf(sent)).toEqual([['a'], ['a'], ['a'], ['a']]);
  });
});

describe('readers of one batched read', () => {
  it('all readers get the same value', async () => {
    const { batch, sent } = batchOf();
    const both = Promise.all([batch.read('a', request()), batch.read('a', request())]);
    await nextTick();
    for (const read of sent[0] ?? []) resolveReaders(read, readWith({ kind: 'not-needed' }, 'text'));
    expect((await both).map(({ stored }) => stored?.text)).toEqual(['text', 'text']);
  });

  it('only the first reader gets the lease, which has the token of the first reader', async () => {
    const { batch, sent } = batchOf();
    const first = request();
    const all = Promise.all([batch.read('a', first), batch.read('a', request()), batch.read('a', request())]);
    await nextTick();
    const [read] = sent[0] ?? [];
    expect(read?.request).toBe(first);
    const lease = { key: 'a', version: 'v', token: first.leaseToken, failuresBefore: 0, beganMs: 0 };
    if (read !== undefined) resolveReaders(read, readWith({ kind: 'lease-granted', lease }));
    const reads = await all;
    expect(reads.map(({ load }) => load)).toEqual([
      { kind: 'lease-granted', lease },
      { kind: 'loading-already' },
      { kind: 'loading-already' },
    ]);
    // The foreign value is counted once.
    expect(reads.map(({ foreign }) => foreign)).toEqual([true, false, false]);
  });

  it('all readers get the error of a failed read', async () => {
    const { batch, sent } = batchOf();
    const all = Promise.allSettled([batch.read('a', request()), batch.read('a', request())]);
    await nextTick();
    for (const read of sent[0] ?? []) rejectReaders(read, new Error('unavailable'));
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
