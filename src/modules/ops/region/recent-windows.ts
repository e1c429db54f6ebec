import { MutableCounts, type Counts, type GroupedCounts } from '../sampling/counts.js';
import type { CountGroup } from '../sampling/process-sample.js';

/** The seconds that the charts show. */
export const CHART_SECONDS = 900;
const NOW_SECONDS = 10;
const MINUTE_SECONDS = 60;
/** The last 24 hours are kept in parts of 10 minutes. */
const PART_SECONDS = 600;
const PARTS = 144;

/**
 * A window over which the page adds up counts.
 *
 * - `now`: the last 10 s.
 * - `minute`: the last 60 s.
 * - `chart`: the last 15 minutes.
 * - `day`: the last 24 hours, in steps of 10 minutes.
 */
export type Window = 'now' | 'minute' | 'chart' | 'day';

const LENGTH_S = { now: NOW_SECONDS, minute: MINUTE_SECONDS, chart: CHART_SECONDS } as const;

/**
 * The counts of the last 24 hours, in memory: each of the last 900 seconds, and 144 parts of the
 * day. A second costs three additions and three subtractions, however long the windows are.
 */
export class RecentWindows {
  private readonly seconds: GroupedCounts[] = [];
  private readonly sums = { now: new MutableCounts(), minute: new MutableCounts(), chart: new MutableCounts() };
  private readonly day = new MutableCounts();
  private parts: GroupedCounts[] = [];
  private part = new MutableCounts();
  private secondsInPart = 0;

  add(counts: GroupedCounts): void {
    this.seconds.push(counts);
    for (const window of ['now', 'minute', 'chart'] as const) {
      this.sums[window].add(counts);
      const left = this.seconds.at(-1 - LENGTH_S[window]);
      if (left !== undefined) this.sums[window].add(left, -1);
    }
    if (this.seconds.length > CHART_SECONDS) this.seconds.shift();
    this.addToDay(counts);
  }

  of(window: Window, group: CountGroup): Counts {
    return (window === 'day' ? this.day : this.sums[window]).of(group);
  }

  /** The seconds of the window that have passed since the start. */
  lengthS(window: Exclude<Window, 'day'>): number {
    return Math.min(this.seconds.length, LENGTH_S[window]);
  }

  private addToDay(counts: GroupedCounts): void {
    this.day.add(counts);
    this.part.add(counts);
    this.secondsInPart++;
    if (this.secondsInPart < PART_SECONDS) return;
    this.parts.push(this.part.all());
    this.part = new MutableCounts();
    this.secondsInPart = 0;
    if (this.parts.length < PARTS) return;
    const [oldest, ...others] = this.parts;
    if (oldest !== undefined) this.day.add(oldest, -1);
    this.parts = others;
  }
}
