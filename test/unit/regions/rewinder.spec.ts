import { beforeEach, describe, expect, it } from '@jest/globals';
import type { LogPartition } from '../../../src/messaging/log/event-log.js';
import type { DataLoss } from '../../../src/platform/redis/history/data-loss.js';
import { MemoryHeardStore } from '../../../src/regions/internal/memory-heard-store.js';
import { Rewinder } from '../../../src/regions/internal/rewinder.js';
import { StoreUnavailable } from '../../../src/kernel/errors.js';
import { Gate } from '../../support/gate.js';
import { ManualClock } from '../../support/manual-clock.js';

const OWN: LogPartition = { topic: 'customer.updated', partition: 0 };
const OF_ANOTHER: LogPartition = { topic: 'customer.updated', partition: 1 };
const MARGIN_MS = 3000;
/** If nothing says since when the store lacks data. */
const MOST_LOST_MS = 60_000;

describe('Rewinder', () => {
  let clock: ManualClock;
  let store: MemoryHeardStore;
  let own: readonly LogPartition[];
  let rewinds: number[];
  let causes: number[];
  let duringRewind: () => Promise<unknown>;
  beforeEach(async () => {
    clock = new ManualClock(1_000_000);
    store = new MemoryHeardStore(clock);
    own = [OWN];
    rewinds = [];
    causes = [];
    duringRewind = () => Promise.resolve();
    await store.declare([OWN, OF_ANOTHER], 0);
  });

  /** Noticed now. The store was intact so long ago; `undefined` means that this is unknown. */
  const loss = (intactAgoMs?: number): DataLoss => ({
    lostMs: clock.nowMs(),
    intactMs: intactAgoMs === undefined ? 0 : clock.nowMs() - intactAgoMs,
  });
  const start = (before: () => Promise<void> = () => Promise.resolve()): Rewinder => {
    const storeLostData = async (noticed: DataLoss): Promise<void> => {
      await before();
      await store.noteLoss([], noticed);
    };
    return new Rewinder({ storeLostData }, store, {
      status: () => ({
        state: 'connected',
        lastFailure: undefined,
        lag: own.map((at) => ({ ...at, records: 0 })),
      }),
      rewind: async (ms, cause) => {
        rewinds.push(ms);
        causes.push(cause);
        await duringRewind();
        return own;
      },
    });
  };
  /** The process reads the table, and the rewind that begins then ends. */
  const read = async (rewinder: Rewinder): Promise<void> => {
    rewinder.check(clock.nowMs(), (await store.read()).table);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const due = async (): Promise<number[]> =>
    (await store.read()).table.dueOf([OWN, OF_ANOTHER]).map(({ partition }) => partition);

  it('reads the log again from before the loss, in a process that starts later', async () => {
    await start().lost(loss());
    clock.advance(300_000);
    const next = start();
    await read(next);
    await read(next);

    expect(rewinds).toEqual([300_000 + MOST_LOST_MS + MARGIN_MS]);
    expect(await due()).toEqual([OF_ANOTHER.partition]);
  });

  it('reads again what was applied since the store was intact', async () => {
    const rewinder = start();
    await rewinder.lost(loss(800));
    clock.advance(200);
    await read(rewinder);

    expect(rewinds).toEqual([1000 + MARGIN_MS]);
  });

  it('reads again from the earlier time if two losses are noticed while the first is noted', async () => {
    const gate = new Gate();
    const away = [new StoreUnavailable('away'), new StoreUnavailable('away')];
    const rewinder = start(async () => {
      await gate.wait();
      const error = away.pop();
      if (error !== undefined) throw error;
    });
    const first = rewinder.lost(loss(800));
    clock.advance(200);
    const second = rewinder.lost(loss(5000));
    gate.open();
    await Promise.all([first, second]);
    await read(rewinder);

    expect(rewinds).toEqual([5000 + MARGIN_MS]);
  });

  it('notes no loss twice', async () => {
    const noticed = loss();
    const rewinder = start();
    await rewinder.lost(noticed);
    await read(rewinder);
    await start().lost(noticed);

    expect(await due()).toEqual([OF_ANOTHER.partition]);
  });

  it('tries again if it has no partition, or the log fails', async () => {
    const rewinder = start();
    await rewinder.lost(loss());
    own = [];
    await read(rewinder);
    expect(rewinds).toEqual([]);
    own = [OWN];
    duringRewind = () => Promise.reject(new StoreUnavailable('away'));
    await read(rewinder);
    expect(await due()).toEqual([OWN.partition, OF_ANOTHER.partition]);
    duringRewind = () => Promise.resolve();
    await read(rewinder);

    expect(rewinds).toEqual([MOST_LOST_MS + MARGIN_MS, MOST_LOST_MS + MARGIN_MS]);
    expect(new Set(causes).size).toBe(1);
    expect(await due()).toEqual([OF_ANOTHER.partition]);
  });

  it('reads again once more if the store loses data during a rewind', async () => {
    const rewinder = start();
    await rewinder.lost(loss());
    duringRewind = async () => {
      clock.advance(1000);
      await store.noteLoss([], loss());
    };
    await read(rewinder);
    duringRewind = () => Promise.resolve();
    expect(await due()).toEqual([OWN.partition, OF_ANOTHER.partition]);
    await read(rewinder);

    expect(rewinds).toEqual([MOST_LOST_MS + MARGIN_MS, 1000 + MOST_LOST_MS + MARGIN_MS]);
    expect(new Set(causes).size).toBe(2);
    expect(await due()).toEqual([OF_ANOTHER.partition]);
  });
});
