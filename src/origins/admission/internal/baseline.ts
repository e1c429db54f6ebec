/** What a window of calls took, and among how many. */
export interface Seen {
  readonly medianMs: number;
  readonly samples: number;
  /** Calls in flight that all but a fifth of them began among, at most. */
  readonly reach: number;
}

/** Standard error of the median of one sample, as a share: what the spread of service times makes of it. */
const ERROR_OF_ONE = 0.25;
/** What is slower than this is not at rest, whatever the load looks like. */
const HEALTHY = 1.3;
const FALLS = 0.3;
/** So many samples are remembered: their median is off by 2 %, and an origin that changes over minutes is followed. */
const MEMORY = 150;
/** Fewer are off by 3 % and more: what else is seen in the first seconds counts, at whatever load. */
const YOUNG = 70;
/** Among so many times more calls, and no slower: so those before were at rest. */
const FURTHER = 1.25;

/**
 * How long the origin takes at rest.
 *
 * Nobody says when it is at rest. It is when little is asked of it; and, seen from later, when more was asked of it and it was no slower for
 * that. What is seen of a limit that is used to the full and not passed tells nothing: an overload that lasts must not become the rule.
 */
export class Baseline {
  private held: number | undefined;
  private standsOn = 0;
  /** The last window at the limit, of which it is not known yet whether it was at rest. */
  private before: Seen | undefined;

  /** Absent before it has begun. */
  get ms(): number | undefined {
    return this.held;
  }

  /** How many samples it stands on: so much it may be wrong by. */
  get samples(): number {
    return this.standsOn;
  }

  begin(medianMs: number, samples: number): void {
    this.held = medianMs;
    this.standsOn = samples;
  }

  /** @param isLight whether much less was in flight than is allowed */
  saw(seen: Seen, isLight: boolean): void {
    if (this.held === undefined) return;
    const clearlyFaster = 1 - (3 * ERROR_OF_ONE) / Math.sqrt(seen.samples);
    if (seen.medianMs / this.held < clearlyFaster) this.move(seen.medianMs, FALLS);
    if (isLight || this.standsOn < YOUNG) this.rested(seen);
  }

  /** It bore this much without being slower. */
  bore(seen: Seen): void {
    if (this.before !== undefined && seen.reach >= FURTHER * this.before.reach) this.rested(this.before);
    else if (this.before !== undefined && seen.reach >= this.before.reach) return;
    this.before = seen;
  }

  /** It was too much. */
  strained(): void {
    this.before = undefined;
  }

  /** What was taken for rest is over for good. */
  relearn(medianMs: number): void {
    this.move(medianMs, 0.5);
  }

  private rested({ medianMs, samples }: Seen): void {
    if (this.held === undefined || medianMs / this.held > HEALTHY) return;
    this.standsOn = Math.min(MEMORY, this.standsOn + samples);
    this.move(medianMs, samples / this.standsOn);
  }

  private move(towardsMs: number, weight: number): void {
    if (this.held !== undefined) this.held += Math.min(1, weight) * (towardsMs - this.held);
  }
}
