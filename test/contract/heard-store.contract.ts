/** This file exceeds 220 lines because its tests share how a store is opened and noted. */

import { beforeEach, describe, expect, it } from '@jest/globals';
import type { LogPartition } from '../../src/messaging/log/event-log.js';
import type { DataLoss } from '../../src/platform/redis/history/data-loss.js';
import type { HeardNote } from '../../src/regions/internal/heard-note.js';
import type { HeardStore } from '../../src/regions/internal/heard-store.js';
import type { HeardView } from '../../src/regions/internal/heard-view.js';

const AGENTS: LogPartition = { topic: 'agent.status.change', partition: 0 };
const CUSTOMERS: LogPartition = { topic: 'customer.updated', partition: 0 };
const ADDED: LogPartition = { topic: 'customer.updated', partition: 1 };
const NOW: DataLoss = { lostMs: Infinity, intactMs: 0 };
const BOUNDS = { region: 'us', silentAfterMs: 30_000, invalidatedWithinMs: 10_000 };

/** The promises of every store of hearing. Times are relative to the clock of the store. */
export function heardStoreContract(open: () => Promise<HeardStore>): void {
  let store: HeardStore;
  let nowMs: number;
  let identity: string;
  beforeEach(async () => {
    store = await open();
    ({ nowMs, store: identity } = await store.beginHeartbeat());
    await store.declare([AGENTS, CUSTOMERS], 0);
  });

  const note = (at: LogPartition, ageMs: number | undefined, more: Partial<HeardNote> = {}): Promise<void> => {
    const ownMs = ageMs === undefined ? undefined : nowMs - ageMs;
    return store.note({ at, ownMs, store: identity, afterGap: false, doubt: undefined, signs: [], ...more });
  };
  const sign = (region: string, ageMs: number) => ({
    ...{ region, writtenAfterMs: nowMs - ageMs, store: `s-${region}`, key: 'k', homes: 'h' },
  });
  /** @param laterMs how long after the test began the store is asked, by its own clock */
  const view = async (laterMs = 0, peers: readonly string[] = []): Promise<HeardView> => {
    const { table } = await store.read();
    return table.view({ ...BOUNDS, peers, nowMs: nowMs + laterMs, skewMs: 0 });
  };

  describe('heardMs', () => {
    it('is 0 until each declared partition of invalidations has a heartbeat', async () => {
      await note(AGENTS, 500);
      expect(await view()).toMatchObject({ heardMs: 0, isBlind: true });
      await note(CUSTOMERS, 700);
      expect(await view()).toMatchObject({ heardMs: nowMs - 700, isBlind: false });
    });

    it('is 0 while no partition is declared', async () => {
      const other = await open();
      expect((await other.read()).table.view({ ...BOUNDS, peers: [], nowMs, skewMs: 0 }).heardMs).toBe(0);
    });

    it('is 0 while a partition that was added is unheard', async () => {
      await note(AGENTS, 500);
      await note(CUSTOMERS, 500);
      await store.declare([AGENTS, CUSTOMERS, ADDED], 0);
      expect((await view()).heardMs).toBe(0);
      await note(ADDED, 300);
      expect((await view()).heardMs).toBe(nowMs - 500);
    });

    it('does not wait for a partition of agents', async () => {
      await note(CUSTOMERS, 700);
      expect((await view()).heardMs).toBe(nowMs - 700);
      await note(AGENTS, 9000);
      expect((await view()).heardMs).toBe(nowMs - 700);
    });

    it('does not go back with a heartbeat that comes again', async () => {
      await note(AGENTS, 500);
      await note(CUSTOMERS, 500);
      await note(CUSTOMERS, 9000);
      expect((await view()).heardMs).toBe(nowMs - 500);
    });

    it('ignores a heartbeat of another store, and one that is ahead of the clock', async () => {
      await note(AGENTS, 500);
      await note(CUSTOMERS, 500, { store: 'another' });
      await note(CUSTOMERS, -60_000);
      expect((await view()).heardMs).toBe(0);
    });

    it('is earlier by the difference that the clocks of the nodes may have', async () => {
      await note(AGENTS, 500);
      await note(CUSTOMERS, 500);
      const { table } = await store.read();
      expect(table.view({ ...BOUNDS, peers: [], nowMs, skewMs: 200 }).heardMs).toBe(nowMs - 700);
    });

    it('is 0 after the clock was set back, until a heartbeat is sent under the new clock', async () => {
      await note(AGENTS, 500);
      await note(CUSTOMERS, 500);
      expect((await view(-60_000)).heardMs).toBe(0);
    });
  });

  describe('floorMs', () => {
    it('is raised by the first heartbeat of a partition, and by no later one', async () => {
      await note(AGENTS, 500);
      await note(CUSTOMERS, 500);
      const { floorMs } = await view();
      expect(floorMs).toBeGreaterThanOrEqual(nowMs);
      await note(CUSTOMERS, 0);
      expect((await view()).floorMs).toBe(floorMs);
    });

    it('is raised by a gap, and once more by the first heartbeat after the gap', async () => {
      await note(CUSTOMERS, 500);
      const before = (await view()).floorMs;
      await later();
      await store.raiseFloor();
      const raised = (await view()).floorMs;
      expect(raised).toBeGreaterThan(before);
      await later();
      await note(CUSTOMERS, 0, { afterGap: true });
      expect((await view()).floorMs).toBeGreaterThan(raised);
    });

    it('is raised when a partition is gone', async () => {
      await store.declare([CUSTOMERS], 0);
      expect((await view()).floorMs).toBeGreaterThanOrEqual(nowMs);
      await note(CUSTOMERS, 500);
      expect((await view()).heardMs).toBe(nowMs - 500);
    });
  });

  describe('other regions', () => {
    it('are silent until heard in each partition of agents, and after silentAfterMs', async () => {
      expect((await view(0, ['eu'])).silentRegions).toEqual(['eu']);
      await note(CUSTOMERS, undefined, { signs: [sign('eu', 1000)] });
      expect((await view(0, ['eu'])).silentRegions).toEqual(['eu']);
      await note(AGENTS, undefined, { signs: [sign('eu', 1000)] });
      expect((await view(0, ['eu'])).silentRegions).toEqual([]);
      expect((await view(29_500, ['eu'])).silentRegions).toEqual(['eu']);
    });

    it('are known once heard, with what they say of themselves, and without this region', async () => {
      await note(AGENTS, undefined, { signs: [sign('ap', 1000), sign('us', 1000)] });
      const { regions } = await view();
      expect(regions).toEqual([
        { name: 'ap', heardMs: nowMs - 1000, isSilent: false, store: 's-ap', key: 'k', homes: 'h' },
      ]);
    });

    it('are noted up to 32', async () => {
      const signs = Array.from({ length: 40 }, (_, at) => sign(`r-${at}`, 1000));
      await note(AGENTS, undefined, { signs });
      expect((await view()).regions).toHaveLength(32);
    });
  });

  describe('a doubt', () => {
    it('makes the region blind for silentAfterMs, and refuses entries of before afterwards', async () => {
      await note(AGENTS, 500);
      await note(CUSTOMERS, 500, { doubt: 'foreign_key' });
      expect(await view(1000)).toMatchObject({ heardMs: 0, isBlind: true, doubt: 'foreign_key' });
      const { doubt, floorMs } = await view(40_000);
      expect(doubt).toBeUndefined();
      expect(floorMs).toBeGreaterThanOrEqual(nowMs + 30_000);
    });
  });

  it('remembers the last heartbeat that the log has acknowledged', async () => {
    await store.declare([AGENTS, CUSTOMERS], 1234);
    await store.declare([AGENTS, CUSTOMERS], 0);
    expect((await view()).ackedMs).toBe(1234);
  });

  it('remembers when it lost data, and nothing else changes', async () => {
    expect((await store.read()).table.lostMs).toBe(0);
    const lostMs = await store.noteLoss([], NOW);
    expect(lostMs).toBeGreaterThanOrEqual(nowMs);
    expect((await store.read()).table.lostMs).toBe(lostMs);
    expect((await view()).floorMs).toBe(0);
  });

  it('keeps every partition due after a loss until its reading is set back', async () => {
    const all = [AGENTS, CUSTOMERS, ADDED];
    const due = async () => (await store.read()).table.dueOf(all);
    expect(await due()).toEqual([]);
    const dueMs = nowMs - 2000;
    const lostMs = await store.noteLoss([ADDED], { lostMs: nowMs, intactMs: dueMs });
    expect(await due()).toEqual(all.map((at) => ({ ...at, dueMs })));
    expect(await store.noteLoss([ADDED], { lostMs: nowMs, intactMs: 0 })).toBe(lostMs);

    await store.rewound([AGENTS], lostMs);
    expect(await due()).toEqual([CUSTOMERS, ADDED].map((at) => ({ ...at, dueMs })));
    await later();
    const dueLaterMs = dueMs + 1000;
    const laterMs = await store.noteLoss([ADDED], { lostMs: Infinity, intactMs: dueLaterMs });
    await store.rewound(all, lostMs);
    expect(await due()).toEqual([
      { ...AGENTS, dueMs: dueLaterMs },
      { ...CUSTOMERS, dueMs },
      { ...ADDED, dueMs },
    ]);
    await store.declare([AGENTS], 0);
    expect(await due()).toEqual([
      { ...AGENTS, dueMs: dueLaterMs },
      { ...ADDED, dueMs },
    ]);
    await store.rewound(all, laterMs);
    expect(await due()).toEqual([]);
  });

  it('counts a minute as lost if nothing says since when the store lacks data, or if it is longer', async () => {
    for (const intactMs of [0, nowMs - 61_000]) {
      await later();
      const lostMs = await store.noteLoss([], { lostMs: Infinity, intactMs });
      expect((await store.read()).table.dueOf([AGENTS])).toEqual([{ ...AGENTS, dueMs: lostMs - 60_000 }]);
      await store.rewound([AGENTS], lostMs);
    }
  });

  it('is due from the earlier of two times if two losses follow each other', async () => {
    await store.noteLoss([], { lostMs: Infinity, intactMs: nowMs - 1000 });
    await later();
    await store.noteLoss([], { lostMs: Infinity, intactMs: nowMs - 5000 });
    expect((await store.read()).table.dueOf([AGENTS])).toEqual([{ ...AGENTS, dueMs: nowMs - 5000 }]);
  });

  it('keeps one identity', async () => {
    expect((await store.beginHeartbeat()).store).toBe(identity);
    expect((await store.read()).store).toBe(identity);
  });

  /** Resolves when the clock of the store has moved. */
  async function later(): Promise<void> {
    const { nowMs: before } = await store.read();
    while ((await store.read()).nowMs === before);
  }
}
