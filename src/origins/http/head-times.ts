/** Before the first answer, a wait this long is unusual. */
const UNKNOWN_MS = 500;
const MIN_MS = 150;
/** A wait of this many times the slowest of the last answers is unusual. */
const FACTOR = 2;
/** Each answer takes away this share of the remembered slowest answer. */
const DECAY = 0.05;

/** How long the heads of an origin's answers usually take. */
export class HeadTimes {
  private slowestMs: number | undefined;

  constructor(private readonly timeoutMs: number) {}

  /** A longer wait is unusual. At most half of the timeout, so that a second attempt has time. */
  get unusualAfterMs(): number {
    const unusualMs = this.slowestMs === undefined ? UNKNOWN_MS : Math.max(MIN_MS, FACTOR * this.slowestMs);
    return Math.min(unusualMs, this.timeoutMs / 2);
  }

  record(tookMs: number): void {
    this.slowestMs = Math.max(tookMs, (this.slowestMs ?? 0) * (1 - DECAY));
  }
}
