import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../kernel/clock.js';
import type { RedisConnection } from '../../../platform/redis/redis-connection.js';
import { redisScript } from '../../../platform/redis/redis-script.js';
import { LocalRateLimiter } from './local-rate-limiter.js';
import { metersOf } from './rate-meters.js';
import { RateLimiter, type RateRequest, type RateDecision } from './rate-limiter.js';

const SPEND = redisScript('spendCall', 1, new URL('../scripts/acquire-call.lua', import.meta.url));
const PAUSE = redisScript('pauseSystem', 1, new URL('../scripts/pause-origin.lua', import.meta.url));
const COUNT = redisScript('countPeers', 1, new URL('../scripts/count-processes.lua', import.meta.url));

/** `{ verdict, after, paused }`, as the header of `acquire-call.lua` says. */
type SpendReply = readonly [verdict: number, afterUs: number, pausedMs: number];

/** Calls the store knows nothing of. */
interface Uncounted {
  /** As many as any where it had counted others before: it may have lost those. */
  readonly calls: number;
  readonly lastAtMs: number;
}

const COUNT_EVERY_MS = 2000;
/** A process that missed three counts is gone. */
const GONE_AFTER_MS = 7000;

/**
 * The ledger a region shares, in Redis: one script a call.
 *
 * While the store is away each process keeps to its share of the ceiling, by the number of peers it last knew of, one if it never knew;
 * and to the pauses it has heard of. So together they may be over the ceiling by the processes that came up since. Of a minute's burst
 * it takes nothing at first, because the others may have had it; nor has the region one when the store is back, which did not count them.
 */
export class RedisRateLimiter extends RateLimiter {
  private readonly self = randomUUID();
  private readonly alone: LocalRateLimiter;
  private readonly counting: NodeJS.Timeout;
  /** By account, as is what follows. */
  private readonly uncounted = new Map<string, Uncounted>();
  private readonly everCounted = new Set<string>();
  private peers = 1;

  constructor(
    private readonly connection: RedisConnection,
    private readonly region: string,
    private readonly clock: Clock,
  ) {
    super();
    this.alone = new LocalRateLimiter(clock, () => this.peers, clock.nowMs());
    for (const script of [SPEND, PAUSE, COUNT]) connection.define(script);
    this.counting = setInterval(() => void this.countPeers(), COUNT_EVERY_MS).unref();
  }

  async acquire(spending: RateRequest): Promise<RateDecision> {
    const { account, share } = spending;
    if (this.isPaused(account)) return { kind: 'paused' };
    if (share === 0) return { kind: 'rate' };
    try {
      const reply = (await this.connection.call(SPEND, [this.key(account)], this.argsOf(spending))) as SpendReply;
      this.alone.countedElsewhere(account);
      this.everCounted.add(account);
      return await this.verdict(account, reply);
    } catch {
      return this.spendAlone(spending);
    }
  }

  /** Known here at once, and everywhere when the store has taken it. */
  async pause(account: string, forMs: number): Promise<void> {
    await this.alone.pause(account, forMs);
    await this.connection.call(PAUSE, [this.key(account)], [Math.ceil(forMs)]).catch(() => undefined);
  }

  isPaused(account: string): boolean {
    return this.alone.isPaused(account);
  }

  close(): void {
    clearInterval(this.counting);
  }

  /** How many processes share the ceiling, this one included; kept as it was while the store is away. */
  async countPeers(): Promise<number> {
    const args = [this.self, GONE_AFTER_MS];
    const count = await this.connection.call(COUNT, [`budget:${this.region}:peers`], args).catch(() => undefined);
    if (typeof count === 'number') this.peers = count;
    return this.peers;
  }

  private async spendAlone(spending: RateRequest): Promise<RateDecision> {
    const verdict = await this.alone.acquire(spending);
    if (verdict.kind !== 'go') return verdict;
    const { account } = spending;
    const before = this.everCounted.has(account) ? Infinity : (this.uncounted.get(account)?.calls ?? 0);
    this.uncounted.set(account, { calls: before + 1, lastAtMs: this.clock.nowMs() + verdict.afterMs });
    return verdict;
  }

  private argsOf(spending: RateRequest): (string | number)[] {
    const { calls, lastAtMs } = this.uncounted.get(spending.account) ?? { calls: 0, lastAtMs: 0 };
    const sinceMs = this.clock.nowMs() - lastAtMs;
    const meters = metersOf(spending).map(({ name, isMinute, rate: { intervalMs, depthMs } }) => {
      // Up: half a microsecond too little, 300 times, is a call too many.
      const intervalUs = Math.ceil(intervalMs * 1000);
      const spentMs = isMinute ? Math.min(depthMs, calls * intervalMs) - sinceMs : 0;
      const spentUs = Math.ceil(Math.max(0, spentMs) * 1000);
      return [name, intervalUs, Math.ceil((depthMs / intervalMs) * intervalUs), spentUs];
    });
    return [Math.round(spending.waitMs * 1000), ...meters.flat()];
  }

  private async verdict(account: string, [verdict, afterUs, pausedMs]: SpendReply): Promise<RateDecision> {
    switch (verdict) {
      case 0:
        return { kind: 'go', afterMs: afterUs / 1000 };
      case 2:
        await this.alone.pause(account, pausedMs);
        return { kind: 'paused' };
      default:
        return { kind: 'rate' };
    }
  }

  private key(account: string): string {
    return `budget:${this.region}:${account}`;
  }
}
