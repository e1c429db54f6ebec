import { setTimeout as delay } from 'node:timers/promises';
import { verifyHits, warm } from './ask.ts';
import type { BenchRedis } from './redis.ts';

/** The longest a near copy may live by the declaration's own rule. */
export const NEAR_TTL_MS = 60_000;
const MARGIN_MS = 2000;
/** Copies of answers just loaded live briefly, whatever was declared; those read from Redis afterwards live as declared. */
export const BRIEF_COPIES_GO_MS = 2100;

/** Keeps a process's near copies alive over whole runs: none expires while the clock of a run is going. */
export class NearWindow {
  private readonly url: string;
  private readonly customers: number;
  private readonly redis: BenchRedis;
  private filledFromMs = -Infinity;
  private filledUntilMs = -Infinity;
  private readsSeen = 0;
  private reads = 0;

  constructor(url: string, customers: number, redis: BenchRedis) {
    this.url = url;
    this.customers = customers;
    this.redis = redis;
  }

  /** Before a run of `seconds`: fills anew when the copies would not last, as soon as all of the old ones are gone. */
  async hold(seconds: number): Promise<void> {
    await this.readsSinceFilled();
    const lastsUntilMs = this.filledFromMs + NEAR_TTL_MS - MARGIN_MS;
    if (performance.now() + seconds * 1000 > lastsUntilMs) await this.fill();
    await verifyHits(this.url, this.customers);
  }

  /** Questions that came as far as Redis although the copies were there; none, if the runs were what they are called. */
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
    this.filledUntilMs = performance.now();
    this.readsSeen = await this.redis.calls('evalsha');
  }
}
