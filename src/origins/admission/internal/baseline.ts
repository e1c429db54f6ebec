/** The measurements of one window of calls. */
export interface WindowSummary {
  readonly medianMs: number;
  readonly samples: number;
  /** The number of calls in flight that four of five samples did not exceed. */
  readonly reach: number;
}

/**
 * Standard error of the median of one sample, as a share of the median. This error follows from the
 * spread of service times.
 */
const ERROR_OF_ONE_SAMPLE = 0.25;
/**
 * A window that is slower than the baseline by this factor is not at rest, even under light load.
 */
const MAX_REST_FACTOR = 1.3;
/** Weight of a window that is clearly faster than the baseline. */
const FASTER_WEIGHT = 0.3;
/**
 * The largest weight of the baseline, in samples. The median of this number of samples is off by
 * 2 %. A larger weight would follow an origin that changes over minutes too slowly.
 */
const MEMORY = 150;
/**
 * With fewer samples the baseline is off by 3 % or more. Until then, windows at any load update the
 * baseline.
 */
const YOUNG = 70;
/**
 * A later window has this many times the calls in flight of an earlier window, and is not slower.
 * Then the origin was at rest in the earlier window.
 */
const HIGHER_REACH = 1.25;

/**
 * How long the origin takes at rest.
 *
 * No signal says when the origin is at rest. The origin is at rest under light load. If a window
 * has more calls than an earlier window and is no slower, the origin was also at rest in the
 * earlier window. A window that fills the limit without exceeding it does not update the baseline,
 * so that a lasting overload never becomes the baseline.
 */
export class Baseline {
  private currentMs: number | undefined;
  private weight = 0;
  /** The last healthy window at the limit. Later windows decide whether it was at rest. */
  private candidate: WindowSummary | undefined;

  /** `undefined` before `initialize`. */
  get ms(): number | undefined {
    return this.currentMs;
  }

  /** The number of samples behind the baseline, which determines the baseline's random error. */
  get samples(): number {
    return this.weight;
  }

  initialize(medianMs: number, samples: number): void {
    this.currentMs = medianMs;
    this.weight = samples;
  }

  /** @param isLight whether far fewer calls were in flight than the limit allows */
  observe(window: WindowSummary, isLight: boolean): void {
    if (this.currentMs === undefined) return;
    const clearlyFaster = 1 - (3 * ERROR_OF_ONE_SAMPLE) / Math.sqrt(window.samples);
    if (window.medianMs / this.currentMs < clearlyFaster) this.move(window.medianMs, FASTER_WEIGHT);
    if (isLight || this.weight < YOUNG) this.include(window);
  }

  /** The window was within the tolerance. */
  recordHealthy(window: WindowSummary): void {
    const { candidate } = this;
    if (candidate !== undefined && window.reach >= HIGHER_REACH * candidate.reach) this.include(candidate);
    else if (candidate !== undefined && window.reach >= candidate.reach) return;
    this.candidate = window;
  }

  /** The window was above the tolerance. */
  recordOverload(): void {
    this.candidate = undefined;
  }

  /**
   * The origin has become permanently slower: moves the baseline half-way to its present median.
   */
  relearn(medianMs: number): void {
    this.move(medianMs, 0.5);
  }

  private include({ medianMs, samples }: WindowSummary): void {
    if (this.currentMs === undefined || medianMs / this.currentMs > MAX_REST_FACTOR) return;
    this.weight = Math.min(MEMORY, this.weight + samples);
    this.move(medianMs, samples / this.weight);
  }

  private move(towardsMs: number, weight: number): void {
    if (this.currentMs !== undefined) this.currentMs += Math.min(1, weight) * (towardsMs - this.currentMs);
  }
}
