import { createHistogram } from 'node:perf_hooks';
import { OUTCOMES, type Outcome } from './doors.ts';

type Counts = Readonly<Record<Outcome, number>>;

/** The figures of a run, from the side of the callers. */
export interface Figures {
  readonly calls: number;
  readonly counts: Counts;
  /** The counts by the second in which the call was due. */
  readonly bySecond: readonly Counts[];
  /** From the moment when a call was due. A late call counts with the patience of its flow. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Calls that the generator itself began too late. */
  readonly lateStarts: number;
  readonly latestStartMs: number;
}

/** A later start would be a visible part of the time that the caller waits. */
const LATE_START_MS = 100;
const US_PER_MS = 1000;

/** Counts the calls of a run. Its memory is bounded by the seconds of the run. */
export class Tally {
  private readonly total = noCounts();
  private readonly bySecond: Record<Outcome, number>[];
  private readonly took = createHistogram();
  private calls = 0;
  private lateStarts = 0;
  private latestStartMs = 0;

  constructor(forMs: number) {
    this.bySecond = Array.from({ length: Math.ceil(forMs / 1000) }, noCounts);
  }

  countStart(behindMs: number): void {
    this.calls++;
    this.latestStartMs = Math.max(this.latestStartMs, behindMs);
    if (behindMs > LATE_START_MS) this.lateStarts++;
  }

  countEnd(dueMs: number, outcome: Outcome, tookMs: number): void {
    this.total[outcome]++;
    const second = this.bySecond[Math.floor(dueMs / 1000)];
    if (second !== undefined) second[outcome]++;
    this.took.record(Math.max(1, Math.round(tookMs * US_PER_MS)));
  }

  figures(): Figures {
    const { calls, lateStarts, latestStartMs, bySecond } = this;
    const isEmpty = this.took.count === 0;
    const quantileMs = (percent: number): number => (isEmpty ? 0 : this.took.percentile(percent) / US_PER_MS);
    const times = { p50Ms: quantileMs(50), p99Ms: quantileMs(99) };
    return { calls, counts: { ...this.total }, bySecond, ...times, lateStarts, latestStartMs };
  }
}

function noCounts(): Record<Outcome, number> {
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
}
