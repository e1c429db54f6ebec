import { randomUUID } from 'node:crypto';
import type { Clock } from '../../kernel/clock.js';
import type { Redis } from '../redis/redis.js';
import { redisScript } from '../redis/redis-script.js';

const LEASE_MS = 3000;
const RENEW_EVERY_MS = 1000;
/**
 * The holder stops this long before the lease ends, in milliseconds. So the clock of the process
 * may run up to 3 % slower than the clock of Redis.
 */
const MARGIN_MS = 100;
/** The wait after the end of another process's lease, in milliseconds. */
const AFTER_END_MS = 10;

const HOLD = redisScript('holdLeaderLease', 1, new URL('./scripts/hold-leader-lease.lua', import.meta.url));
const RELEASE = redisScript('releaseLeaderLease', 1, new URL('./scripts/release-leader-lease.lua', import.meta.url));

/**
 * Lets one process of the region do a task all the time. A `JobLease` is for a single run.
 *
 * Guarantees:
 * - At most one process holds the lease at a time, while Redis keeps its data.
 * - If the holder ends without a release, another process holds the lease after at most 3.1 s.
 * - `isHeld` is false as soon as the lease may have ended, by the clock of this process. A process
 *   that was paused does not believe that it is still the leader.
 *
 * Does not guarantee:
 * - The end of a step. A step that began under the lease may end after it, so two leaders may
 *   overlap for one step. Each step must be safe to run twice.
 * - A single holder across a failover of Redis that loses the key.
 *
 * If no Redis is configured, the lease is held from `open` to `close`.
 */
export class LeaderLease {
  private readonly process = randomUUID();
  private readonly listeners: (() => void)[] = [];
  private untilMs = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private attempt: Promise<void> = Promise.resolve();
  private isOpen = false;

  /** @param key the Redis key of the lease. Its value is the random id of the holder. */
  constructor(
    private readonly redis: Pick<Redis, 'connection'>,
    private readonly key: string,
    private readonly clock: Clock,
  ) {
    for (const script of [HOLD, RELEASE]) redis.connection?.define(script);
  }

  /** Begins to acquire the lease, and keeps trying until `close`. */
  open(): void {
    this.isOpen = true;
    if (this.redis.connection === undefined) this.granted(Infinity);
    else this.attempt = this.acquire();
  }

  get isHeld(): boolean {
    return this.clock.nowMs() < this.untilMs;
  }

  /** The listener runs each time that this process becomes the leader. */
  onGained(listener: () => void): void {
    this.listeners.push(listener);
  }

  /**
   * Releases the lease, so that another process can acquire it at once. `isHeld` is false from the
   * call on. Never rejects.
   */
  async close(): Promise<void> {
    this.isOpen = false;
    clearTimeout(this.timer);
    this.untilMs = -Infinity;
    // An attempt that is on its way could acquire the lease after its release.
    await this.attempt;
    this.untilMs = -Infinity;
    await this.redis.connection?.call(RELEASE, [this.key], [this.process]).catch(() => undefined);
  }

  private async acquire(): Promise<void> {
    const askedAtMs = this.clock.nowMs();
    const note = (reply: unknown): void => this.replied(askedAtMs, reply);
    let heldElsewhereMs = 0;
    try {
      const reply = await this.redis.connection?.call(HOLD, [this.key], [this.process, LEASE_MS], note);
      note(reply);
      heldElsewhereMs = Number(reply);
    } catch {
      // Redis is away. The lease ends by the clock of this process.
    }
    if (!this.isOpen) return;
    const waitMs = heldElsewhereMs === 0 ? RENEW_EVERY_MS : Math.min(RENEW_EVERY_MS, heldElsewhereMs + AFTER_END_MS);
    this.timer = setTimeout(() => {
      this.attempt = this.acquire();
    }, waitMs).unref();
  }

  /** The lease began after the question was sent, so it lasts at least `LEASE_MS` from then. */
  private replied(askedAtMs: number, reply: unknown): void {
    if (reply === 0) this.granted(askedAtMs + LEASE_MS - MARGIN_MS);
    else this.untilMs = -Infinity;
  }

  private granted(untilMs: number): void {
    if (!this.isOpen) return;
    const { isHeld } = this;
    this.untilMs = Math.max(this.untilMs, untilMs);
    if (isHeld || !this.isHeld) return;
    for (const listener of this.listeners) listener();
  }
}
