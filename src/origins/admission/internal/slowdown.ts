import type { Baseline } from './baseline.js';
import { medianMsOf, medianOf, quantileOf, type Sample } from './samples.js';

/** How much slower than at rest a system answers, and the capacity that follows from it. */
export interface Slowdown {
  /** Median of the samples, relative to the baseline. 1: as fast as at rest. */
  readonly factor: number;
  /** The largest factor that chance alone explains. */
  readonly tolerance: number;
  /** Concurrent calls that the system sustains, according to these samples. */
  readonly sustainable: number;
}

/** Overhead of this process, also on an idle machine. The overhead matters for fast origins. */
const SLACK_MS = 4;
/**
 * Lowers the limit when a system is slower than at rest. If n calls in flight make the system r
 * times slower, it sustains about n / r^0.5 calls. The exponent assumes that above the capacity the
 * response time grows like (calls)^2. If the response time grows faster, the cut is too large; if
 * it grows more slowly, the cut is too small. The next window corrects both. With 0.7, the search
 * lost two points at origins whose response time grows faster.
 */
const CUT_EXPONENT = 0.5;
/** A window removes at most three quarters of the limit, because it may show only a moment. */
const MIN_KEPT_SHARE = 0.25;

/**
 * The factor by which the median may exceed the baseline. The factor allows 5 % for the load, and
 * 1.6 times the random error of the samples and of the baseline.
 */
function toleranceOf(samples: number, baselineSamples: number): number {
  return 1.05 + 0.4 * Math.sqrt(1 / samples + 1 / baselineSamples);
}

/**
 * @param eventLoopDelayMs of this process: a call waits for it twice, when it is sent and when it
 *   is read
 */
export function slackMs(eventLoopDelayMs: number): number {
  return SLACK_MS + 2 * eventLoopDelayMs;
}

/** @param slack time that this process adds to each call */
export function measureSlowdown(samples: readonly Sample[], baseline: Baseline, slack: number): Slowdown {
  const factor = baseline.ms === undefined ? 1 : Math.max(0, medianMsOf(samples) - slack) / baseline.ms;
  const tolerance = toleranceOf(samples.length, baseline.samples);
  const inFlight = medianOf(samples.map((sample) => sample.inFlight));
  const sustainable = inFlight * Math.max(MIN_KEPT_SHARE, (tolerance / factor) ** CUT_EXPONENT);
  return { factor, tolerance, sustainable };
}

/** Whether one answer in ten comes so late that callers are close to their deadline. */
export function nearsDeadline(samples: readonly Sample[], deadlineMs: number): boolean {
  const p90Ms = quantileOf(
    samples.map(({ tookMs }) => tookMs),
    0.9,
  );
  return p90Ms > 0.6 * deadlineMs;
}
