import { beforeEach, describe, expect, it } from '@jest/globals';
import type { LogPartition, LogRecord } from '../../../src/messaging/log/event-log.js';
import { MemoryEventLog } from '../../../src/messaging/log/memory-event-log.js';
import { MemoryLog } from '../../../src/messaging/log/memory-log.js';
import {
  findPartition,
  type FetchedPartition,
  type FetchedTopics,
} from '../../../src/messaging/log/internal/fetched-records.js';
import { PartitionReader } from '../../../src/messaging/log/internal/partition-reader.js';
import { LogListener } from '../../support/log-listener.js';
import { ManualClock } from '../../support/manual-clock.js';

const AT: LogPartition = { topic: 'customer.updated', partition: 0 };
const CONTROL = 0x20;

interface BatchOptions {
  readonly first: number;
  readonly values: readonly string[];
  readonly attributes?: number;
}

function fetched(batches: readonly BatchOptions[], aborted = false): FetchedPartition {
  const records = batches.map(({ first, values, attributes = 0 }) => ({
    ...{ firstOffset: BigInt(first), lastOffsetDelta: values.length - 1, attributes },
    records: values.map((value, offsetDelta) => ({ offsetDelta, key: Buffer.from('k'), value: Buffer.from(value) })),
  }));
  const abortedTransactions = aborted ? [{ producerId: 1n, firstOffset: 0n }] : [];
  const answer = { partitionIndex: 0, errorCode: 0, highWatermark: 100n, abortedTransactions, records };
  return answer as unknown as FetchedPartition;
}

describe('the reader of a partition', () => {
  let listener: LogListener;
  let reader: PartitionReader;
  let clock: ManualClock;

  beforeEach(() => {
    clock = new ManualClock();
    listener = new LogListener(new MemoryEventLog(new MemoryLog(), 'eu'));
    reader = new PartitionReader(AT, 10n, listener, clock);
  });

  async function take(batches: readonly BatchOptions[], aborted = false, from = reader.position): Promise<void> {
    reader.take(fetched(batches, aborted), from);
    await reader.idle();
  }

  it('applies the records from its position on, although the broker sends whole batches', async () => {
    await take([{ first: 8, values: ['8', '9', '10', '11'] }]);

    expect(listener.valuesOf('k')).toEqual(['10', '11']);
    expect(reader.position).toBe(12n);
  });

  it('applies the records of all batches of a fetch together, up to 500, and none behind a gap', async () => {
    const calls: number[] = [];
    const apply = (_at: LogPartition, records: readonly LogRecord[]): Promise<void> => {
      calls.push(records.length);
      return Promise.resolve();
    };
    const [missed, hasRead] = [() => Promise.resolve(), () => Promise.resolve(false)];
    reader = new PartitionReader(AT, 10n, { apply, missed, hasRead }, clock);
    const single = Array.from({ length: 600 }, (_, at) => ({ first: 8 + at, values: ['heartbeat'] }));
    await take(single);
    expect([calls, reader.position]).toEqual([[500, 98], 608n]);
    await take([
      { first: 608, values: ['608'] },
      { first: 609, values: ['609', '610'] },
      { first: 612, values: ['612'] },
    ]);

    expect([calls, reader.position]).toEqual([[500, 98, 3], 611n]);
  });

  it('reads skipped offsets again, and reports them as missed the second time', async () => {
    await take([{ first: 12, values: ['12'] }]);
    expect([listener.valuesOf('k'), listener.gaps, reader.position]).toEqual([[], [], 10n]);
    await take([{ first: 12, values: ['12'] }]);

    expect(listener.gaps).toEqual([{ at: AT, reason: 'skipped' }]);
    expect(listener.valuesOf('k')).toEqual(['12']);
    expect(reader.position).toBe(13n);
  });

  it('reports nothing if the second fetch brings the skipped records', async () => {
    await take([{ first: 12, values: ['12'] }]);
    await take([{ first: 10, values: ['10', '11', '12'] }]);

    expect(listener.gaps).toEqual([]);
    expect(listener.valuesOf('k')).toEqual(['10', '11', '12']);
  });

  it('passes the marks and the aborted records of a transaction without a gap', async () => {
    await take([
      { first: 10, values: ['10'] },
      { first: 11, values: ['mark'], attributes: CONTROL },
    ]);
    await take([{ first: 14, values: ['14'] }], true);

    expect(listener.valuesOf('k')).toEqual(['10', '14']);
    expect([listener.gaps, reader.position]).toEqual([[], 15n]);
  });

  it('ignores a fetch that was sent from another position', async () => {
    const from = reader.position;
    reader.seek(5n);
    await take([{ first: 10, values: ['10'] }], false, from);

    expect([listener.valuesOf('k'), reader.position]).toEqual([[], 5n]);
  });

  it('keeps a position that is set while records are applied', async () => {
    reader.take(fetched([{ first: 10, values: ['10'] }]), 10n);
    reader.seek(3n);
    await reader.idle();

    expect(reader.position).toBe(3n);
  });

  it('does not move while the effect of a record fails', async () => {
    listener.failuresLeft = Infinity;
    reader.take(fetched([{ first: 10, values: ['10'] }]), 10n);
    expect([reader.isBusy, reader.position]).toEqual([true, 10n]);
    reader.stop();
    await reader.idle();

    expect(reader.position).toBe(10n);
  });

  it('knows where it was some seconds ago, and not before it began', async () => {
    await take([{ first: 10, values: ['10'] }]);
    clock.advance(5000);
    await take([{ first: 11, values: ['11'] }]);

    expect(reader.positionBefore(4000)).toBe(10n);
    expect(reader.positionBefore(6000)).toBeUndefined();
  });

  it('knows after it was set back that it applies the records of before once more', async () => {
    clock.advance(60_000);
    await take([{ first: 10, values: ['10', '11', '12'] }]);
    clock.advance(60_000);
    reader.setBack(11n, 1);
    await take([{ first: 11, values: ['11'] }]);
    clock.advance(5000);

    expect(reader.positionBefore(5001)).toBe(11n);
    expect(reader.positionBefore(65_000)).toBe(11n);
    expect(reader.positionBefore(65_001)).toBe(10n);
  });

  it('forgets where it was in another log', () => {
    clock.advance(60_000);
    reader.seek(0n);

    expect(reader.positionBefore(1)).toBeUndefined();
  });

  it('is set back and not ahead, and knows for which cause', () => {
    expect(reader.isSetBackFor(1)).toBe(false);
    reader.setBack(3n, 1);
    reader.setBack(7n, 2);

    expect(reader.position).toBe(3n);
    expect([reader.isSetBackFor(1), reader.isSetBackFor(2)]).toEqual([false, true]);
  });
});

describe('the answer for a partition', () => {
  it('is found although the broker names its topic several times', () => {
    const topics = [
      { topicId: 'a', partitions: [{ partitionIndex: 1 }] },
      { topicId: 'b', partitions: [{ partitionIndex: 0 }] },
      { topicId: 'a', partitions: [{ partitionIndex: 0 }] },
    ] as unknown as FetchedTopics;

    expect(findPartition(topics, 'a', 0)).toBe(topics[2]?.partitions[0]);
    expect(findPartition(topics, 'b', 1)).toBeUndefined();
  });
});
