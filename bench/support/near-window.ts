import { setTimeout as delay } from 'node:timers/promises';
import { verifyHits, warm } from './ask.ts';
import type { BenchRedis } from './redis.ts';

/** The maximum life of a near copy that a declaration allows. */
export const NEAR_TTL_MS = 60_000;
const MARGIN_MS = 2000;
/**
 * A near copy of a loaded answer has a short life. A near copy that is read from Redis afterwards
 * has the declared life.
 */
export const BRIEF_COPIES_GO_MS = 2100;

/** Keeps the near copies of a process alive, so that none expires during a run. */
export class NearWindow {
  private readonly url: string;
  private readonly customers: number;
  private readonly redis: BenchRedis;
  private readonly fillOthers: () => Promise<void>;
  private filledFromMs = -Infinity;
  private filledUntilMs = -Infinity;
  private readsSeen = 0;
  private reads = 0;

  /** @param fillOthers requests the entries of other lookups, so that all copies have one age */
  constructor(url: string, customers: number, redis: BenchRedis, fillOthers = () => Promise.resolve()) {
    this.url = url;
    this.customers = customers;
    this.redis = redis;
    this.fillOthers = fillOthers;
  }

  /**
   * Runs before a run of `seconds`. If the copies would expire during the run, it waits until they
   * are gone and fills the near cache again.
   */
  async hold(seconds: number): Promise<void> {
    await this.readsSinceFilled();
    const lastsUntilMs = this.filledFromMs + NEAR_TTL_MS - MARGIN_MS;
    if (performance.now() + seconds * 1000 > lastsUntilMs) await this.fill();
    await verifyHits(this.url, this.customers);
  }

  /** The number of reads from Redis although near copies existed. It should be 0. */
  async readsSinceFilled(): Promise<number> {
    const seen = await this.redis.calls('evalsha');
    if (this.filledUntilMs > 0) this.reads += seen - this.readsSeen;
    this.readsSeen = seen;
    return this.reads;
  }

  private async fill(): Promise<void> {
    const oldAreGoneMs = this.filledUntilMs + NEAR_TTL_MS - performance.now();
    if (oldAreGoneMs > 0) await delay(oldAreGoneMs + 100);
    this.filledFromMs = performance.now();
    await warm(this.url, this.customers);
    await this.fillOthers();
    this.filledUntilMs = performance.now();
    this.readsSeen = await this.redis.calls('evalsha');
  }
}
