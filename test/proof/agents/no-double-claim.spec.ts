import { expect, it } from '@jest/globals';
import { check, unexplained } from './claim-history.js';
import { ClaimLoad, FEW_AGENTS_COUNT } from './claim-load.js';
import { processesOnOneRedis } from './stores.js';

/** Locks expire during the run, so every abandoned agent becomes claimable again. */
const TERMS = { claimTtlMs: 250, holdMs: 700, agentTtlMs: 600_000 };

it('claims no agent twice while claimers die and platforms report, and makes every agent claimable again', async () => {
  const { stores, longLeaseStore, close } = await processesOnOneRedis(2, TERMS);
  try {
    const load = new ClaimLoad(stores, longLeaseStore, { agents: 10_000, claimers: 64, claims: 5000, terms: TERMS });
    const { locks, splits, events, claimableAgain, claimableFromFew } = await load.run();
    expect(check(locks, TERMS)).toEqual([]);
    expect(new Set(locks.map(({ token }) => token)).size).toBe(locks.length);
    expect(locks.length).toBeGreaterThanOrEqual(5000);
    expect(events).toBeGreaterThan(300);
    expect(unexplained(splits, TERMS)).toEqual([]);
    expect(claimableAgain).toBe(10_000);
    expect(claimableFromFew).toBe(FEW_AGENTS_COUNT);
  } finally {
    await close();
  }
}, 300_000);
