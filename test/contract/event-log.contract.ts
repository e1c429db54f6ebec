import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LogUnavailable, type EventLog, type LogTopic } from '../../src/messaging/log/event-log.js';
import { eventually } from '../support/eventually.js';
import { LogListener } from '../support/log-listener.js';

/** A log that several regions share. */
export interface LogStage {
  /** Connects a process of a region. The stage closes it. */
  open(region: string): EventLog;
  /** Makes the log forget the positions of a region whose processes are closed. */
  forgetPositions(region: string): Promise<void>;
  close(): Promise<void>;
}

const WITHIN_MS = 10_000;
const TOPIC: LogTopic = 'customer.updated';

export function eventLogContract(name: string, openStage: () => Promise<LogStage>): void {
  describe(`EventLog: ${name}`, () => {
    let stage: LogStage;
    let log: EventLog;

    beforeEach(async () => {
      stage = await openStage();
      log = stage.open('writer');
    });

    afterEach(() => stage.close());

    /** Opens a process, and waits until it reads all partitions with the other processes. */
    async function reader(region: string, others: readonly LogListener[] = []): Promise<LogListener> {
      const listener = new LogListener(stage.open(region));
      listener.start();
      await untilHeard(listener, ...others);
      return listener;
    }

    /** Appends to each partition until the processes of a region have read from each. */
    async function untilHeard(...listeners: readonly LogListener[]): Promise<void> {
      const partitions = await log.partitions(WITHIN_MS);
      await eventually(async () => {
        const value = `heartbeat ${Math.random()}`;
        await log.append(
          partitions.map((at) => ({ ...at, key: 'heartbeat', value })),
          WITHIN_MS,
        );
        await eventually(
          () => {
            const heard = listeners.map((listener) => listener.partitionsWith(value));
            expect(heard.flat()).toHaveLength(partitions.length);
            expect(heard.every((some) => some.length > 0)).toBe(true);
          },
          { withinMs: 1000 },
        );
      });
    }

    async function append(values: readonly string[], key = 'k', topic = TOPIC): Promise<void> {
      await log.append(
        values.map((value) => ({ topic, key, value })),
        WITHIN_MS,
      );
    }

    it('delivers the records of a key to every region, in order and in one partition', async () => {
      const regions = [await reader('eu'), await reader('us')];
      await append(['1', '2']);
      await append(['3']);

      for (const region of regions) {
        await eventually(() => expect(region.valuesOf('k')).toEqual(['1', '2', '3']));
        expect(new Set(region.recordsOf('k').map(({ partition }) => partition)).size).toBe(1);
        expect(region.gaps).toEqual([]);
      }
    });

    it('keeps a record in the partition that it names', async () => {
      const eu = await reader('eu');
      await log.append([{ topic: TOPIC, key: 'k', value: 'here', partition: 2 }], WITHIN_MS);

      await eventually(() => expect(eu.recordsOf('k')).toMatchObject([{ topic: TOPIC, partition: 2, value: 'here' }]));
    });

    it('delivers any text as it was written', async () => {
      const eu = await reader('eu');
      const values = ['', 'null', '{"a":', '\u0000', 'ÄÖ 😀', 'x'.repeat(100_000)];
      await append(values);

      await eventually(() => expect(eu.valuesOf('k')).toEqual(values));
    });

    it('delivers each record to one of the processes of a region', async () => {
      const first = await reader('eu');
      const second = await reader('eu', [first]);
      const keys = Array.from({ length: 60 }, (_, at) => `key-${at}`);
      for (const key of keys) await append(['1', '2'], key);

      await eventually(() => {
        const read = keys.map((key) => new Set([...first.valuesOf(key), ...second.valuesOf(key)]));
        expect(read.every((values) => values.size === 2)).toBe(true);
      });
      expect(keys.some((key) => first.valuesOf(key).length > 0)).toBe(true);
      expect(keys.some((key) => second.valuesOf(key).length > 0)).toBe(true);
    });

    it('delivers records again until their effect is done, and none after them before', async () => {
      const eu = await reader('eu');
      eu.failuresLeft = 2;
      await append(['1']);
      await append(['2']);

      await eventually(() => expect(eu.valuesOf('k')).toEqual(['1', '2']));
      expect(eu.failuresLeft).toBe(0);
    });

    it('continues in a later process of the region after the last effect', async () => {
      const before = await reader('eu');
      await append(['1']);
      await eventually(() => expect(before.valuesOf('k')).toEqual(['1']));
      await before.log.close();
      await append(['2', '3']);
      const after = new LogListener(stage.open('eu'));
      after.start();

      await eventually(() => expect(after.valuesOf('k')).toEqual(['2', '3']));
      expect(after.gaps).toEqual([]);
    });

    it('begins with the next record in a region that has never read, without a gap', async () => {
      await append(['before']);
      const eu = await reader('eu');
      await append(['after']);

      await eventually(() => expect(eu.valuesOf('k')).toEqual(['after']));
      expect(eu.gaps).toEqual([]);
    });

    it('reports a gap of each partition if the region has read before and its position is lost', async () => {
      const before = await reader('eu');
      await before.log.close();
      await stage.forgetPositions('eu');
      const after = new LogListener(stage.open('eu'));
      after.readBefore = true;
      after.start();
      await untilHeard(after);

      const reasons = after.gaps.map(({ reason }) => reason);
      expect(new Set(reasons)).toEqual(new Set(['no_position']));
      expect(reasons).toHaveLength((await log.partitions(WITHIN_MS)).length);
    });

    it('reads the last records again after a rewind', async () => {
      const eu = await reader('eu');
      await append(['1', '2']);
      await eventually(() => expect(eu.valuesOf('k')).toEqual(['1', '2']));
      const rewound = await eu.log.rewind(60_000, 1);
      expect(rewound).toHaveLength((await log.partitions(WITHIN_MS)).length);
      await append(['3']);

      await eventually(() => expect(eu.valuesOf('k')).toEqual(['1', '2', '1', '2', '3']));
      expect(eu.gaps).toEqual([]);
    });

    it('does not begin a rewind again that is called a second time for the same cause', async () => {
      const eu = await reader('eu');
      await append(['1']);
      await eventually(() => expect(eu.valuesOf('k')).toEqual(['1']));
      await eu.log.rewind(60_000, 1);
      await eventually(() => expect(eu.valuesOf('k')).toEqual(['1', '1']));
      const again = await eu.log.rewind(60_000, 1);
      expect(again).toHaveLength((await log.partitions(WITHIN_MS)).length);
      await append(['2']);
      await eventually(() => expect(eu.valuesOf('k')).toEqual(['1', '1', '2']));
      await eu.log.rewind(60_000, 2);

      await eventually(() => expect(eu.valuesOf('k')).toEqual(['1', '1', '2', '1', '2']));
    });

    it('misses nothing when its consumer is restarted', async () => {
      const eu = await reader('eu');
      await append(['1']);
      await eu.log.restartConsumer();
      await append(['2']);

      await eventually(() => expect(new Set(eu.valuesOf('k'))).toEqual(new Set(['1', '2'])));
      expect(eu.gaps).toEqual([]);
    });

    it('is connected and without lag after it has read everything', async () => {
      const eu = await reader('eu');

      await eventually(() => {
        const { state, lag } = eu.log.status();
        expect(state).toBe('connected');
        expect(lag.map(({ records }) => records)).toEqual(lag.map(() => 0));
        expect(lag.length).toBeGreaterThan(0);
      });
    });

    it('refuses more than 500 records or 256 KiB in a call', async () => {
      const record = { topic: TOPIC, key: 'k', value: 'v' };
      const long = { ...record, value: 'x'.repeat(200_000) };

      await expect(log.append(Array(501).fill(record), WITHIN_MS)).rejects.toThrow(/501 records; allowed: at most 500/);
      await expect(log.append([long, long], WITHIN_MS)).rejects.toThrow(/bytes of text; allowed: at most 262144/);
    });

    it('refuses records after it is closed', async () => {
      await log.close();

      await expect(append(['1'])).rejects.toBeInstanceOf(LogUnavailable);
    });
  });
}
