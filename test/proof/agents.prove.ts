import { expect, it } from '@jest/globals';
import { check, unexplained } from './agents/claim-history.js';
import { ClaimLoad, FEW_AGENTS_COUNT } from './agents/claim-load.js';
import { processesOnOneRedis } from './agents/stores.js';

const CLAIMS = Number(process.env.PROVE_CLAIMS ?? 100_000);
const TERMS = { claimTtlMs: 400, holdMs: 2000, agentTtlMs: 3_600_000 };

it(`claims no agent twice in ${CLAIMS} claims by 64 claimers of 10,000 agents`, async () => {
  const { stores, longLeaseStore, close } = await processesOnOneRedis(4, TERMS);
  try {
    const outcome = await new ClaimLoad(stores, longLeaseStore, {
      agents: 10_000,
      claimers: 64,
      claims: CLAIMS,
      terms: TERMS,
    }).run();
    const { locks, splits, none, unknown, events, claimableAgain, claimableFromFew, tookMs } = outcome;
    const violations = check(locks, TERMS);
    const endings = Map.groupBy(locks, ({ ending }) => ending.kind);
    const counts = [...endings].map(([kind, locksOfKind]) => `${kind} ${locksOfKind.length}`).join(', ');
    process.stdout.write(
      `\nclaims ${locks.length} (${counts}), no agent found ${none}, events ${events}, violations ${violations.length}, ` +
        `claimable again ${claimableAgain}, ${(tookMs / 1000).toFixed(1)} s\n\n`,
    );
    expect(violations.slice(0, 10)).toEqual([]);
    expect(new Set(locks.map(({ token }) => token)).size).toBe(locks.length);
    expect(unexplained(splits, TERMS)).toEqual([]);
    // Redis was never away.
    expect(unknown).toBe(0);
    expect(claimableAgain).toBe(10_000);
    expect(claimableFromFew).toBe(FEW_AGENTS_COUNT);
  } finally {
    await close();
  }
});
