import { check, type LockRecord, type Violation } from '../agents/claim-history.js';
import { CLAIM_TENANTS, type Loss } from './stage.js';

/** How long a lock of the product lasts. */
const TERMS = { claimTtlMs: 10_000, holdMs: 4 * 3_600_000 };

/**
 * Checks the locks of all tenants. A lock may end too early if its owner requested it before a
 * master of its home region was killed, and was refused afterwards. The master may have
 * acknowledged the lock and not sent it to its replica. Even then, no agent may be in two locks.
 */
export function judgeLocks(locks: readonly LockRecord[], losses: readonly Loss[]) {
  const found = Object.entries(CLAIM_TENANTS).flatMap(([tenant, home]) => {
    const lossesMs = losses.filter(({ region }) => region === home).map(({ atMs }) => atMs);
    const own = locks.filter(({ agentId }) => agentId.startsWith(`${tenant}/`));
    return check(own, { ...TERMS, lossesMs }).map((violation) => ({ violation, lossesMs }));
  });
  const lockViolations = found.filter((each) => !isExcused(each)).map(({ violation }) => violation);
  return { lockViolations, lostWithMaster: found.length - lockViolations.length };
}

interface Found {
  readonly violation: Violation;
  /** When a master of the home region was killed. */
  readonly lossesMs: readonly number[];
}

function isExcused({ violation, lossesMs }: Found): boolean {
  if (violation.kind !== 'lost' || violation.lock.ending.kind !== 'refused') return false;
  const { requestedMs, ending } = violation.lock;
  return lossesMs.some((atMs) => requestedMs <= atMs && atMs <= ending.ackMs);
}
