import type { Clock } from '../../../kernel/clock.js';
import { Gcra } from '../../../kernel/gcra.js';
import { metersOf, type Meter } from './rate-meters.js';
import { RateLimiter, type RateRequest, type RateDecision } from './rate-limiter.js';

interface Account {
  readonly meters: Map<string, Gcra>;
  pausedUntilMs: number;
  /** When calls were last counted elsewhere. */
  sharedAtMs: number;
}

/** The ledger of one process: for a region of one, and for while the shared store is away. */
export class LocalRateLimiter extends RateLimiter {
  private readonly accounts = new Map<string, Account>();

  constructor(
    private readonly clock: Clock,
    /** Processes that share the ceiling without knowing of each other's calls. */
    private readonly peers: () => number = () => 1,
    /** Until when others may have spent what is not known here; absent: there are no others. */
    private readonly othersUntilMs = -Infinity,
  ) {
    super();
  }

  acquire(spending: RateRequest): Promise<RateDecision> {
    return Promise.resolve(this.spendNow(spending));
  }

  pause(account: string, forMs: number): Promise<void> {
    const kept = this.accountOf(account);
    kept.pausedUntilMs = Math.max(kept.pausedUntilMs, this.clock.nowMs() + forMs);
    return Promise.resolve();
  }

  isPaused(account: string): boolean {
    return this.clock.nowMs() < this.accountOf(account).pausedUntilMs;
  }

  /** Calls are counted elsewhere: if that ends now, this minute's burst has been used there, for all that is known here. */
  countedElsewhere(account: string): void {
    this.accountOf(account).sharedAtMs = this.clock.nowMs();
  }

  close(): void {
    // Nothing is held open.
  }

  private spendNow(spending: RateRequest): RateDecision {
    if (this.isPaused(spending.account)) return { kind: 'paused' };
    if (spending.share === 0) return { kind: 'rate' };
    const meters = metersOf(spending, Math.max(1, this.peers()));
    const nowMs = this.clock.nowMs();
    const kept = meters.map((meter) => ({ meter, gcra: this.gcraOf(spending.account, meter) }));
    const afterMs = Math.max(0, ...kept.map(({ meter, gcra }) => gcra.earlyMs(meter.rate, nowMs)));
    if (afterMs > spending.waitMs) return { kind: 'rate' };
    for (const { meter, gcra } of kept) gcra.charge(meter.rate, nowMs);
    return { kind: 'go', afterMs };
  }

  private gcraOf(account: string, { name, rate, isMinute }: Meter): Gcra {
    const { meters, sharedAtMs } = this.accountOf(account);
    const gcra = meters.get(name) ?? new Gcra();
    meters.set(name, gcra);
    if (isMinute) gcra.exhaustedAt(sharedAtMs, rate);
    return gcra;
  }

  /** One for each declared system or client. */
  private accountOf(name: string): Account {
    const known = this.accounts.get(name);
    if (known !== undefined) return known;
    const account: Account = { meters: new Map(), pausedUntilMs: -Infinity, sharedAtMs: this.othersUntilMs };
    this.accounts.set(name, account);
    return account;
  }
}
