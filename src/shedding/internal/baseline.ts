export type Load = 'light' | 'used';

/** What is slower than this is not at rest, whatever the load looks like. */
const HEALTHY = 1.3;
/** Standard error of the median of one sample, as a share: what the spread of service times makes of it. */
const ERROR_OF_ONE = 0.25;
const FALLS = 0.3;
const MOVES = 0.1;
/** The first windows count alike: one of them alone may be a tenth off. */
const FIRST_WINDOWS = 6;

/** How long the origin takes at rest. */
export class Baseline {
  private held: number | undefined;
  private windows = 0;

  get ms(): number | undefined {
    return this.held;
  }

  learn(medianMs: number, load: Load, samples: number): void {
    this.windows++;
    if (this.held === undefined) {
      this.held = medianMs;
      return;
    }
    const ratio = medianMs / this.held;
    const clearlyFaster = 1 - (3 * ERROR_OF_ONE) / Math.sqrt(samples);
    if (ratio < clearlyFaster) this.move(medianMs, FALLS);
    else if (this.windows <= FIRST_WINDOWS && ratio < HEALTHY) this.move(medianMs, 1 / this.windows);
    else if (load === 'light' && ratio < HEALTHY) this.move(medianMs, MOVES);
  }

  /** What was taken for rest is over for good. */
  relearn(medianMs: number): void {
    this.move(medianMs, 0.5);
  }

  private move(towardsMs: number, weight: number): void {
    if (this.held !== undefined) this.held += weight * (towardsMs - this.held);
  }
}
