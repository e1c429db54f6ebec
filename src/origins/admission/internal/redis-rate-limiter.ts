import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../kernel/clock.js';
import type { RedisConnection } from '../../../platform/redis/redis-connection.js';
import { redisScript } from '../../../platform/redis/redis-script.js';
import type { SeenText } from '../../../platform/redis/seen-text.js';
import { LocalRateLimiter } from './local-rate-limiter.js';
import { RateLimiter, type RateDecision, type RateRequest } from './rate-limiter.js';
import { metersOf } from './rate-meters.js';

const ACQUIRE = redisScript('acquireCall', 1, new URL('../scripts/acquire-call.lua', import.meta.url));
const PAUSE = redisScript('pauseOrigin', 'any', new URL('../scripts/pause-origin.lua', import.meta.url));
const COUNT = redisScript('countProcesses', 1, new URL('../scripts/count-processes.lua', import.meta.url));

/** `{ decision, after, paused }`, as the header of `acquire-call.lua` describes. */
type AcquireReply = readonly [decision: number, afterUs: number, pausedMs: number];

/** Calls that Redis has not counted. */
interface UncountedCalls {
  /**
   * `Infinity` if Redis counted calls before the outage. Redis may have lost these counts, so the
   * whole burst counts as used.
   */
  readonly calls: number;
  readonly lastAtMs: number;
}

/** The state of an account without limits, when Redis was last asked for it. */
interface KnownAccount {
  /** The text of the region's last pause at that time. */
  readonly lastPause: string;
  readonly askedAtMs: number;
}

const COUNT_EVERY_MS = 2000;
/** A process that has missed three counts is gone. */
const GONE_AFTER_MS = 7000;
/**
 * How long a call may rely on the last pause that a read of an entry has shown, in milliseconds. A
 * load asks for admission right after its read.
 */
const SEEN_WITHIN_MS = 20;
/** A process of an earlier version pauses an account and does not change the last pause. */
const ASK_EVERY_MS = 1000;

/**
 * The rate limiter that the processes of a region share, in Redis: one script per call.
 *
 * An account without limits has only pauses. Each pause of the region writes a new text under one
 * key, and the reads of entries show this text. While the text is the same, no script is needed.
 *
 * Guarantees:
 * - While Redis answers, all processes together keep the limits.
 * - While Redis does not answer, each process uses the limits divided by the last known number of
 *   processes (1 if unknown). The process obeys the pauses that it knows of.
 * - Such a process starts without a minute's burst, because the other processes may have used it.
 * - After Redis is back, the region has no burst at first, because Redis did not count the calls in
 *   between.
 *
 * Does not guarantee: the limits while Redis does not answer, if more processes have started since
 * the last count. The region then exceeds the limits by the share of the new processes.
 */
export class RedisRateLimiter extends RateLimiter {
  private readonly processId = randomUUID();
  private readonly local: LocalRateLimiter;
  private readonly countTimer: NodeJS.Timeout;
  /** By account. */
  private readonly uncounted = new Map<string, UncountedCalls>();
  /** Accounts of which Redis has counted a call. */
  private readonly everCounted = new Set<string>();
  /** Accounts without limits. */
  private readonly known = new Map<string, KnownAccount>();
  private readonly lastPause: SeenText;
  private processes = 1;

  constructor(
    private readonly connection: RedisConnection,
    private readonly region: string,
    private readonly clock: Clock,
  ) {
    super();
    this.local = new LocalRateLimiter(clock, () => this.processes, clock.nowMs());
    for (const script of [ACQUIRE, PAUSE, COUNT]) connection.define(script);
    this.lastPause = connection.seeText(`budget:${region}:last-pause`);
    this.countTimer = setInterval(() => void this.countProcesses(), COUNT_EVERY_MS).unref();
  }

  async acquire(request: RateRequest): Promise<RateDecision> {
    const { account, share } = request;
    if (this.isPaused(account)) return { kind: 'paused' };
    if (share === 0) return { kind: 'rate' };
    const lastPause = isLimited(request) ? undefined : this.lastPause.within(SEEN_WITHIN_MS);
    if (lastPause !== undefined && this.isUnchanged(account, lastPause)) return { kind: 'acquired', afterMs: 0 };
    const askedAtMs = this.clock.nowMs();
    try {
      const reply = (await this.connection.call(ACQUIRE, [this.key(account)], this.args(request))) as AcquireReply;
      this.local.markCountedElsewhere(account);
      this.everCounted.add(account);
      if (lastPause !== undefined) this.known.set(account, { lastPause, askedAtMs });
      return await this.toDecision(account, reply);
    } catch {
      return this.acquireLocally(request);
    }
  }

  /** Pauses this process at once, and the region when Redis has stored the pause. */
  async pause(account: string, forMs: number): Promise<void> {
    await this.local.pause(account, forMs);
    // In a cluster, the keys are in different slots, and no process sees the text.
    const keys = [this.key(account), ...(this.connection.isCluster ? [] : [this.lastPause.key])];
    await this.connection.call(PAUSE, keys, [Math.ceil(forMs), randomUUID()]).catch(() => undefined);
  }

  isPaused(account: string): boolean {
    return this.local.isPaused(account);
  }

  close(): void {
    clearInterval(this.countTimer);
  }

  /**
   * Counts the processes that share the limits, this one included. Returns the last count while
   * Redis does not answer.
   */
  async countProcesses(): Promise<number> {
    const args = [this.processId, GONE_AFTER_MS];
    const count = await this.connection.call(COUNT, [`budget:${this.region}:peers`], args).catch(() => undefined);
    if (typeof count === 'number') this.processes = count;
    return this.processes;
  }

  /**
   * Whether the region has had no pause since Redis was asked for this account. If Redis had a
   * pause then, this process has that pause in memory.
   */
  private isUnchanged(account: string, lastPause: string): boolean {
    const known = this.known.get(account);
    return known?.lastPause === lastPause && this.clock.nowMs() - known.askedAtMs < ASK_EVERY_MS;
  }

  private async acquireLocally(request: RateRequest): Promise<RateDecision> {
    const decision = await this.local.acquire(request);
    if (decision.kind !== 'acquired') return decision;
    const { account } = request;
    const callsBefore = this.everCounted.has(account) ? Infinity : (this.uncounted.get(account)?.calls ?? 0);
    this.uncounted.set(account, { calls: callsBefore + 1, lastAtMs: this.clock.nowMs() + decision.afterMs });
    return decision;
  }

  private args(request: RateRequest): (string | number)[] {
    const { calls, lastAtMs } = this.uncounted.get(request.account) ?? { calls: 0, lastAtMs: 0 };
    const sinceMs = this.clock.nowMs() - lastAtMs;
    const meters = metersOf(request).map(({ name, isMinute, rate: { intervalMs, burstToleranceMs } }) => {
      // Rounded up: after 300 calls, a rounding error of half a microsecond would admit an extra
      // call.
      const intervalUs = Math.ceil(intervalMs * 1000);
      const uncountedMs = isMinute ? Math.min(burstToleranceMs, calls * intervalMs) - sinceMs : 0;
      const uncountedUs = Math.ceil(Math.max(0, uncountedMs) * 1000);
      return [name, intervalUs, Math.ceil((burstToleranceMs / intervalMs) * intervalUs), uncountedUs];
    });
    return [Math.round(request.maxWaitMs * 1000), ...meters.flat()];
  }

  private async toDecision(account: string, [decision, afterUs, pausedMs]: AcquireReply): Promise<RateDecision> {
    switch (decision) {
      case 0:
        return { kind: 'acquired', afterMs: afterUs / 1000 };
      case 2:
        await this.local.pause(account, pausedMs);
        return { kind: 'paused' };
      default:
        return { kind: 'rate' };
    }
  }

  private key(account: string): string {
    return `budget:${this.region}:${account}`;
  }
}

function isLimited({ maxPerSecond, maxPerMinute }: RateRequest): boolean {
  return maxPerSecond !== undefined || maxPerMinute !== undefined;
}
