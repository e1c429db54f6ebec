import type { Clock } from '../../kernel/clock.js';
import { Gcra, rateOf } from './gcra.js';
import { RegionLedger, type Spending, type Verdict } from './region-ledger.js';

interface Account {
  readonly all: Gcra;
  /** Calls that have only a share of the ceiling. */
  readonly shared: Gcra;
  pausedUntilMs: number;
}

/** The ledger of one process: for a region of one, and for while the shared store is away. */
export class LoneLedger extends RegionLedger {
  private readonly accounts = new Map<string, Account>();

  constructor(
    private readonly clock: Clock,
    /** Processes that share the ceiling without knowing of each other's calls. */
    private readonly peers: () => number = () => 1,
  ) {
    super();
  }

  spend(spending: Spending): Promise<Verdict> {
    return Promise.resolve(this.spendNow(spending));
  }

  pause(system: string, forMs: number): Promise<void> {
    const account = this.accountOf(system);
    account.pausedUntilMs = Math.max(account.pausedUntilMs, this.clock.nowMs() + forMs);
    return Promise.resolve();
  }

  isPaused(system: string): boolean {
    return this.clock.nowMs() < this.accountOf(system).pausedUntilMs;
  }

  close(): void {
    // Nothing is held open.
  }

  private spendNow({ system, maxPerSecond, share, waitMs }: Spending): Verdict {
    if (this.isPaused(system)) return { kind: 'paused' };
    if (maxPerSecond === undefined) return { kind: 'go', afterMs: 0 };
    const { all, shared } = this.accountOf(system);
    const nowMs = this.clock.nowMs();
    const ours = maxPerSecond / Math.max(1, this.peers());
    if (share < 1 && (share === 0 || shared.take(rateOf(ours * share), nowMs) === undefined)) return { kind: 'rate' };
    const afterMs = all.take(rateOf(ours), nowMs, waitMs);
    return afterMs === undefined ? { kind: 'rate' } : { kind: 'go', afterMs };
  }

  /** One for each declared system. */
  private accountOf(system: string): Account {
    const known = this.accounts.get(system);
    if (known !== undefined) return known;
    const account: Account = { all: new Gcra(), shared: new Gcra(), pausedUntilMs: -Infinity };
    this.accounts.set(system, account);
    return account;
  }
}
