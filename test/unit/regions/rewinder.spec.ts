import { beforeEach, describe, expect, it } from '@jest/globals';
import type { LogPartition } from '../../../src/messaging/log/event-log.js';
import { MemoryHeardStore } from '../../../src/regions/internal/memory-heard-store.js';
import { Rewinder } from '../../../src/regions/internal/rewinder.js';
import { StoreUnavailable } from '../../../src/kernel/errors.js';
import { ManualClock } from '../../support/manual-clock.js';

const OWN: LogPartition = { topic: 'customer.updated', partition: 0 };
const OF_ANOTHER: LogPartition = { topic: 'customer.updated', partition: 1 };
const REWIND_MS = 60_000;

describe('Rewinder', () => {
  let clock: ManualClock;
  let store: MemoryHeardStore;
  let own: readonly LogPartition[];
  let rewinds: number[];
  let duringRewind: () => Promise<unknown>;
  beforeEach(async () => {
    clock = new ManualClock(1_000_000);
    store = new MemoryHeardStore(clock);
    own = [OWN];
    rewinds = [];
    duringRewind = () => Promise.resolve();
    await store.declare([OWN, OF_ANOTHER], 0);
  });

  const start = (): Rewinder =>
    new Rewinder({ storeLostData: (lostMs) => store.noteLoss([], lostMs).then(() => undefined) }, store, {
      status: () => ({
        state: 'connected',
        lastFailure: undefined,
        lag: own.map((at) => ({ ...at, records: 0 })),
      }),
      rewind: async (ms) => {
        rewinds.push(ms);
        await duringRewind();
        return own;
      },
    });
  /** The process reads the table, and the rewind that begins then ends. */
  const read = async (rewinder: Rewinder): Promise<void> => {
    rewinder.check(clock.nowMs(), (await store.read()).table);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const due = async (): Promise<number[]> =>
    (await store.read()).table.dueOf([OWN, OF_ANOTHER]).map(({ partition }) => partition);

  it('reads the log again from before the loss, in a process that starts later', async () => {
    await start().lost(clock.nowMs());
    clock.advance(300_000);
    const next = start();
    await read(next);
    await read(next);

    expect(rewinds).toEqual([300_000 + REWIND_MS]);
    expect(await due()).toEqual([OF_ANOTHER.partition]);
  });

  it('notes no loss twice', async () => {
    const lostMs = clock.nowMs();
    const rewinder = start();
    await rewinder.lost(lostMs);
    await read(rewinder);
    await start().lost(lostMs);

    expect(await due()).toEqual([OF_ANOTHER.partition]);
  });

  it('tries again if it has no partition, or the log fails', async () => {
    const rewinder = start();
    await rewinder.lost(clock.nowMs());
    own = [];
    await read(rewinder);
    expect(rewinds).toEqual([]);
    own = [OWN];
    duringRewind = () => Promise.reject(new StoreUnavailable('away'));
    await read(rewinder);
    expect(await due()).toEqual([OWN.partition, OF_ANOTHER.partition]);
    duringRewind = () => Promise.resolve();
    await read(rewinder);

    expect(rewinds).toEqual([REWIND_MS, REWIND_MS]);
    expect(await due()).toEqual([OF_ANOTHER.partition]);
  });

  it('reads again once more if the store loses data during a rewind', async () => {
    const rewinder = start();
    await rewinder.lost(clock.nowMs());
    duringRewind = async () => {
      clock.advance(1000);
      await store.noteLoss([], clock.nowMs());
    };
    await read(rewinder);
    duringRewind = () => Promise.resolve();
    expect(await due()).toEqual([OWN.partition, OF_ANOTHER.partition]);
    await read(rewinder);

    expect(rewinds).toEqual([REWIND_MS, 1000 + REWIND_MS]);
    expect(await due()).toEqual([OF_ANOTHER.partition]);
  });
});
