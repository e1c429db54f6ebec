import { check, isExcused, unexplained } from '../agents/claim-history.js';
import type { RemoteClaims } from './remote-claims.js';
import { CLAIM_TENANTS, type Loss } from './stage.js';

/** How long a lock of the product lasts. */
const TERMS = { claimTtlMs: 10_000, holdMs: 4 * 3_600_000 };

/**
 * Checks the locks of all tenants. A lock may end too early if its owner requested it before a
 * master of its home region was killed, and was refused afterwards. The master may have
 * acknowledged the lock and not sent it to its replica. Even then, no agent may be in two locks.
 * A call that is asked about in two regions at the same time gets one lock.
 */
export function judgeLocks({ locks, splits }: Pick<RemoteClaims, 'locks' | 'splits'>, losses: readonly Loss[]) {
  const judged = Object.entries(CLAIM_TENANTS).map(([tenant, home]) => {
    const lossesMs = losses.filter(({ region }) => region === home).map(({ atMs }) => atMs);
    const terms = { ...TERMS, lossesMs };
    const ofTenant = splits.filter((split) => split.tenant === tenant);
    const found = check(
      locks.filter(({ agentId }) => agentId.startsWith(`${tenant}/`)),
      terms,
    );
    const violations = found.filter((violation) => !isExcused(violation, lossesMs));
    return { violations, splitCalls: unexplained(ofTenant, terms), excused: found.length - violations.length };
  });
  return {
    lockViolations: judged.flatMap(({ violations }) => violations),
    splitCalls: judged.flatMap(({ splitCalls }) => splitCalls),
    lostWithMaster: judged.reduce((sum, { excused }) => sum + excused, 0),
  };
}
