import { expect, it } from '@jest/globals';
import { check } from './claim-history.js';
import { Rush } from './rush.js';
import { processesOnOneRedis } from './stores.js';

/** Leases that run out during the run; all that is abandoned comes back. */
const TERMS = { claimTtlMs: 250, holdMs: 700, agentTtlMs: 600_000 };

it('claims nobody twice, whoever dies and whatever platforms say meanwhile, and everybody can be claimed again', async () => {
  const { stores, patient, close } = await processesOnOneRedis(2, TERMS);
  try {
    const rush = new Rush(stores, patient, { agents: 10_000, claimers: 64, claims: 5000, terms: TERMS });
    const { locks, events, claimableAgain } = await rush.run();
    expect(check(locks, TERMS)).toEqual([]);
    expect(new Set(locks.map(({ token }) => token)).size).toBe(locks.length);
    expect(locks.length).toBeGreaterThanOrEqual(5000);
    expect(events).toBeGreaterThan(300);
    expect(claimableAgain).toBe(10_000);
  } finally {
    await close();
  }
}, 300_000);
