import { LRUCache } from 'lru-cache';
import type { Clock } from '../../kernel/clock.js';
import {
  SETTLES_AFTER_MS,
  SIGNED_REMEMBERED_MS,
  SignedRequests,
  type Earlier,
  type SignedMark,
} from './signed-requests.js';

/** Far more than a developer's machine is sent. */
const MAX_REMEMBERED = 10_000;

interface CarriedOut {
  readonly invalidated: number;
  readonly firstAtMs: number;
  settled: boolean;
}

/** Signed requests of this process. */
export class MemorySignedRequests extends SignedRequests {
  private readonly seen = new LRUCache<string, CarriedOut>({ max: MAX_REMEMBERED });

  constructor(private readonly clock: Clock) {
    super();
  }

  recall(mark: SignedMark): Promise<Earlier> {
    const seen = this.known(mark);
    if (seen === undefined) return Promise.resolve({ kind: 'none' });
    const { invalidated, firstAtMs, settled } = seen;
    const settles = this.clock.nowMs() - firstAtMs >= SETTLES_AFTER_MS;
    return Promise.resolve(settled ? { kind: 'settled', invalidated } : { kind: 'unsettled', invalidated, settles });
  }

  note(mark: SignedMark, invalidated: number, earlier: Earlier): Promise<boolean> {
    const seen = this.known(mark);
    if (seen === undefined) this.seen.set(idOf(mark), { invalidated, firstAtMs: this.clock.nowMs(), settled: false });
    else if (earlier.kind === 'unsettled' && earlier.settles) seen.settled = true;
    return Promise.resolve(seen === undefined);
  }

  private known(mark: SignedMark): CarriedOut | undefined {
    const seen = this.seen.get(idOf(mark));
    return seen !== undefined && this.clock.nowMs() - seen.firstAtMs < SIGNED_REMEMBERED_MS ? seen : undefined;
  }
}

function idOf({ customer, hash }: SignedMark): string {
  return `${customer.tenant}:${customer.hash}:${hash}`;
}
