/** How a lock ended, as its claimer knows it. Times are milliseconds on one clock. */
export type Ending =
  /** Acknowledged. */
  | { readonly kind: 'released'; readonly sentMs: number; readonly ackMs: number }
  /** The store said that the lock no longer stood. */
  | { readonly kind: 'refused'; readonly ackMs: number }
  /** The claimer died, and the lock has to run out. */
  | { readonly kind: 'abandoned' };

/** One lock as its claimer saw it. Repetitions of a request belong to its first. */
export interface LockRecord {
  readonly agentId: string;
  readonly token: string;
  readonly fence: number;
  /** Before the request was sent. */
  readonly askedMs: number;
  /** After the answer was read. */
  readonly gotMs: number;
  /** Before an acknowledged confirmation was sent; absent: never confirmed. */
  readonly heldSinceMs?: number;
  readonly ending: Ending;
}

export interface LockTerms {
  readonly claimTtlMs: number;
  readonly holdMs: number;
}

export type Violation =
  | { readonly kind: 'double'; readonly first: LockRecord; readonly second: LockRecord }
  | { readonly kind: 'fence'; readonly first: LockRecord; readonly second: LockRecord }
  | { readonly kind: 'lost'; readonly lock: LockRecord };

/** The server counts whole milliseconds. */
const GRAIN_MS = 2;

/**
 * Checks that no agent was in two locks at one time.
 *
 * The law, per agent, in the order of the fences: a lock begins only after the one before has
 * ended. When exactly either happened nobody outside knows, so only what is certain counts: a lock
 * began before its answer was read; one that was released stood at least until the release was
 * sent, one that was abandoned at least for its lease (or its ceiling) from when it was asked for
 * (or confirmed). And: a lock that was asked for after another's answer was read has the greater
 * fence; and no lock is refused to its owner before it can have run out.
 */
export function check(locks: readonly LockRecord[], terms: LockTerms): Violation[] {
  const byAgent = Map.groupBy(locks, ({ agentId }) => agentId);
  return [
    ...[...byAgent.values()].flatMap((own) => checkAgent(own, terms)),
    ...locks.flatMap((lock) => lost(lock, terms)),
  ];
}

function checkAgent(own: readonly LockRecord[], terms: LockTerms): Violation[] {
  const inOrder = own.toSorted((one, other) => one.fence - other.fence);
  return inOrder.slice(1).flatMap((second, at): Violation[] => {
    const first = inOrder[at];
    if (first === undefined) return [];
    const found: Violation[] = [];
    if (second.gotMs < stoodUntilMs(first, terms) - GRAIN_MS) found.push({ kind: 'double', first, second });
    if (second.gotMs < first.askedMs || second.fence === first.fence) found.push({ kind: 'fence', first, second });
    return found;
  });
}

function stoodUntilMs(lock: LockRecord, terms: LockTerms): number {
  if (lock.ending.kind === 'released') return lock.ending.sentMs;
  return ranOutMs(lock, terms);
}

function ranOutMs({ askedMs, heldSinceMs }: LockRecord, { claimTtlMs, holdMs }: LockTerms): number {
  return heldSinceMs === undefined ? askedMs + claimTtlMs : heldSinceMs + holdMs;
}

function lost(lock: LockRecord, terms: LockTerms): Violation[] {
  const { ending } = lock;
  const tooSoon = ending.kind === 'refused' && ending.ackMs < ranOutMs(lock, terms) - GRAIN_MS;
  return tooSoon ? [{ kind: 'lost', lock }] : [];
}
