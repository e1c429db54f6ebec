/** How a lock ended in the view of its claimer. Times are milliseconds on one clock. */
export type Ending =
  /** The store acknowledged the release. */
  | { readonly kind: 'released'; readonly sentMs: number; readonly ackMs: number }
  /** The store answered that the claimer no longer holds the lock. */
  | { readonly kind: 'refused'; readonly ackMs: number }
  /** The claimer died, so the lock must expire. */
  | { readonly kind: 'abandoned' };

/** A lock as its claimer recorded it. A repeated request belongs to the first one. */
export interface LockRecord {
  readonly agentId: string;
  readonly token: string;
  readonly fence: number;
  /** Time before the claim request was sent. */
  readonly requestedMs: number;
  /** Time after the answer was read. */
  readonly answeredMs: number;
  /** Time before an acknowledged confirmation was sent. `undefined` means never confirmed. */
  readonly heldSinceMs?: number;
  readonly ending: Ending;
}

export interface LockTerms {
  readonly claimTtlMs: number;
  readonly holdMs: number;
  /** Times at which the store lost what it had acknowledged. Default: none. */
  readonly lossesMs?: readonly number[];
}

export type Violation =
  | { readonly kind: 'double'; readonly first: LockRecord; readonly second: LockRecord }
  | { readonly kind: 'fence'; readonly first: LockRecord; readonly second: LockRecord }
  | { readonly kind: 'lost'; readonly lock: LockRecord };

/** Tolerance of the comparison: the server counts whole milliseconds. */
const GRAIN_MS = 2;

/**
 * Checks that no agent was in two locks at one time.
 *
 * The law, per agent and in the order of the fences:
 * - A lock begins only after the previous lock has ended.
 * - A lock whose request was sent after the answer of another lock was read has the greater fence.
 * - The store refuses no lock to its owner before the lock can have expired.
 *
 * A client cannot know when exactly a lock began or ended, so the checker uses only certain bounds:
 * - A lock began before its answer was read.
 * - A released lock lasted at least until its release was sent.
 * - An abandoned lock lasted at least its claim TTL, counted from the claim request.
 * - An abandoned, confirmed lock lasted at least its hold ceiling, counted from the confirmation.
 *
 * After a loss, a later report of the platform decides about the agent of a confirmed lock.
 * Such a lock is only certain until the loss, and at least for its claim TTL.
 */
export function check(locks: readonly LockRecord[], terms: LockTerms): Violation[] {
  const byAgent = Map.groupBy(locks, ({ agentId }) => agentId);
  return [
    ...[...byAgent.values()].flatMap((agentLocks) => checkAgent(agentLocks, terms)),
    ...locks.flatMap((lock) => lostTooEarly(lock, terms)),
  ];
}

/**
 * Whether a loss of data explains the violation: the store refused a lock to its owner that was
 * requested before the loss. Nothing explains an agent in two locks.
 */
export function isExcused(violation: Violation, lossesMs: readonly number[]): boolean {
  if (violation.kind !== 'lost' || violation.lock.ending.kind !== 'refused') return false;
  const { requestedMs, ending } = violation.lock;
  return lossesMs.some((atMs) => requestedMs <= atMs && atMs <= ending.ackMs);
}

/** A call whose two requests, sent at the same time, got two locks. */
export interface SplitCall {
  readonly requestedMs: number;
  readonly answeredMs: number;
}

/**
 * The calls that no loss of data explains. A call that took longer than the claim TTL may have had
 * a lock that expired before its second request.
 */
export function unexplained(splits: readonly SplitCall[], { claimTtlMs, lossesMs = [] }: LockTerms): SplitCall[] {
  return splits.filter(({ requestedMs, answeredMs }) => {
    const isLost = lossesMs.some((atMs) => requestedMs <= atMs && atMs <= answeredMs);
    return !isLost && answeredMs - requestedMs < claimTtlMs;
  });
}

function checkAgent(agentLocks: readonly LockRecord[], terms: LockTerms): Violation[] {
  const inOrder = agentLocks.toSorted((left, right) => left.fence - right.fence);
  return inOrder.slice(1).flatMap((second, index): Violation[] => {
    const first = inOrder[index];
    if (first === undefined) return [];
    const found: Violation[] = [];
    if (second.answeredMs < heldAtLeastUntilMs(first, terms) - GRAIN_MS) found.push({ kind: 'double', first, second });
    if (second.answeredMs < first.requestedMs || second.fence === first.fence)
      found.push({ kind: 'fence', first, second });
    return found;
  });
}

function heldAtLeastUntilMs(lock: LockRecord, terms: LockTerms): number {
  if (lock.ending.kind === 'released') return lock.ending.sentMs;
  return earliestExpiryMs(lock, terms);
}

function earliestExpiryMs({ requestedMs, heldSinceMs }: LockRecord, terms: LockTerms): number {
  const { claimTtlMs, holdMs, lossesMs = [] } = terms;
  const unconfirmedMs = requestedMs + claimTtlMs;
  if (heldSinceMs === undefined) return unconfirmedMs;
  const lossMs = lossesMs.find((atMs) => atMs > requestedMs) ?? Infinity;
  return Math.min(heldSinceMs + holdMs, Math.max(lossMs, unconfirmedMs));
}

function lostTooEarly(lock: LockRecord, terms: LockTerms): Violation[] {
  const { ending } = lock;
  const tooEarly = ending.kind === 'refused' && ending.ackMs < earliestExpiryMs(lock, terms) - GRAIN_MS;
  return tooEarly ? [{ kind: 'lost', lock }] : [];
}
