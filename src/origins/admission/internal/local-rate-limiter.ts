import type { Clock } from '../../../kernel/clock.js';
import { Gcra } from '../../../kernel/gcra.js';
import { RateLimiter, type RateDecision, type RateRequest } from './rate-limiter.js';
import { metersOf, type Meter } from './rate-meters.js';

interface Account {
  readonly meters: Map<string, Gcra>;
  pausedUntilMs: number;
  /** When calls were last counted in Redis. */
  countedElsewhereAtMs: number;
}

/** The rate limiter of one process: for a region of one process, and for the time without Redis. */
export class LocalRateLimiter extends RateLimiter {
  private readonly accounts = new Map<string, Account>();

  constructor(
    private readonly clock: Clock,
    /** Processes that share the limits without knowing each other's calls. */
    private readonly processes: () => number = () => 1,
    /**
     * Other processes may have made calls, unknown to this process, up to this moment. The default
     * means that there are none.
     */
    private readonly othersUntilMs = -Infinity,
  ) {
    super();
  }

  acquire(request: RateRequest): Promise<RateDecision> {
    return Promise.resolve(this.decide(request));
  }

  pause(name: string, forMs: number): Promise<void> {
    const account = this.account(name);
    account.pausedUntilMs = Math.max(account.pausedUntilMs, this.clock.nowMs() + forMs);
    return Promise.resolve();
  }

  isPaused(account: string): boolean {
    return this.clock.nowMs() < this.account(account).pausedUntilMs;
  }

  /**
   * A call was counted in Redis. If Redis fails now, other processes may have used this minute's
   * burst.
   */
  markCountedElsewhere(account: string): void {
    this.account(account).countedElsewhereAtMs = this.clock.nowMs();
  }

  close(): void {
    // Holds nothing open.
  }

  private decide(request: RateRequest): RateDecision {
    if (this.isPaused(request.account)) return { kind: 'paused' };
    if (request.share === 0) return { kind: 'rate' };
    const nowMs = this.clock.nowMs();
    const meters = metersOf(request, Math.max(1, this.processes())).map((meter) => ({
      rate: meter.rate,
      gcra: this.gcra(request.account, meter),
    }));
    const afterMs = Math.max(0, ...meters.map(({ rate, gcra }) => gcra.delayMs(rate, nowMs)));
    if (afterMs > request.maxWaitMs) return { kind: 'rate' };
    for (const { rate, gcra } of meters) gcra.record(rate, nowMs);
    return { kind: 'acquired', afterMs };
  }

  private gcra(account: string, { name, rate, isMinute }: Meter): Gcra {
    const { meters, countedElsewhereAtMs } = this.account(account);
    const gcra = meters.get(name) ?? new Gcra();
    meters.set(name, gcra);
    if (isMinute) gcra.exhaustAt(countedElsewhereAtMs, rate);
    return gcra;
  }

  /** The map holds one account for each declared system or client. */
  private account(name: string): Account {
    const known = this.accounts.get(name);
    if (known !== undefined) return known;
    const account: Account = {
      meters: new Map(),
      pausedUntilMs: -Infinity,
      countedElsewhereAtMs: this.othersUntilMs,
    };
    this.accounts.set(name, account);
    return account;
  }
}
