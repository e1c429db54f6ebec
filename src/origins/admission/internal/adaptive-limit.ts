/** This file exceeds 220 lines because every constant states the measurement that it comes from. */

import type { Clock } from '../../../kernel/clock.js';
import { Baseline } from './baseline.js';
import { GrowthRate } from './growth-rate.js';
import {
  firstCohort,
  medianMsOf,
  MIN_SAMPLES,
  overdueSamples,
  quantileOf,
  type MeasuredCall,
  type Sample,
} from './samples.js';
import { measureSlowdown, nearsDeadline, slackMs, type Slowdown } from './slowdown.js';

export interface AdaptiveLimitOptions {
  /** The limit never exceeds this. Read each time, because a schedule may change it. */
  readonly maxLimit: () => number;
  /** Mean event-loop delay of this process. Default: 0. */
  readonly eventLoopDelayMs?: () => number;
  /** The longest time a caller waits. Answers slower than 60 % of it lower the limit further. */
  readonly deadlineMs: number;
}

/**
 * `answered`: the duration measures the origin. `refused`: the origin asks for fewer calls.
 * `failed`: the call says nothing about the load.
 */
export type CallOutcome = 'answered' | 'refused' | 'failed';

/**
 * The limit before any measurement. Low, because an unknown system may be small; a fast system
 * outgrows it within seconds.
 */
const INITIAL_LIMIT = 10;
/** The smallest limit. With fewer concurrent calls, the samples show no effect of the load. */
const MIN_LIMIT = 3;
/**
 * The samples of one window. An origin that takes 800 ms, with 10 concurrent calls, answers 12
 * times a second. More samples would mean less than one decision per second.
 */
const WINDOW_SAMPLES = 12;
/** After this many window lengths, `MIN_SAMPLES` are enough. */
const MAX_WINDOW_LENGTHS = 4;
const MIN_WINDOW_MS = 100;
const MAX_WINDOW_MS = 500;
/** A running call that is this many times older than the baseline counts as a slow answer. */
const OVERDUE_FACTOR = 1.4;
/**
 * If every window is slow for this long although the limit falls, the origin has become slower for
 * another reason than the load of Datadip. In milliseconds.
 */
const STUCK_AFTER_MS = 10_000;
/**
 * The limit grows only if the calls in flight of the samples reach this share of the limit. With 85
 * %, the search lost a tenth of the good answers of an origin whose response time rises suddenly at
 * its capacity.
 */
const USED_SHARE = 0.95;
/** Below this share of the limit, the origin is nearly at rest. */
const LIGHT_SHARE = 0.6;
/** After a refusal the limit becomes this share of the calls in flight. */
const REFUSED_SHARE = 0.9;
/** The share of the limit that remains when answers come close to the deadline. */
const NEAR_DEADLINE_SHARE = 0.8;

/**
 * Finds the number of concurrent calls that a system of record sustains, from its response times.
 *
 * The rule: the median of the last window is compared with a baseline, the median at rest. Above
 * the tolerance, the limit falls to the number of calls that the slow samples show to be
 * sustainable. Below the tolerance, the limit grows, but only if the samples used the limit fully.
 *
 * Guarantees:
 * - The limit stays between 1 and `maxLimit`.
 * - Several late answers from one overload lower the limit only once. The new limit is computed
 *   from the calls in flight when the samples began, not from the present limit. So a second late
 *   answer gives the same limit.
 * - An overdue call counts before it is answered.
 *
 * Does not guarantee: a useful limit for a system whose response time depends more on the kind of
 * request than on the number of calls.
 */
export class AdaptiveLimit {
  private readonly baseline = new Baseline();
  private readonly growth = new GrowthRate();
  private readonly running = new Set<MeasuredCall>();
  private samples: Sample[] = [];
  private current = INITIAL_LIMIT;
  private windowStartMs: number;
  private healthyAtMs: number;

  constructor(
    private readonly clock: Clock,
    private readonly options: AdaptiveLimitOptions,
  ) {
    this.windowStartMs = clock.nowMs();
    this.healthyAtMs = this.windowStartMs;
  }

  /** A whole number of at least 1. */
  get limit(): number {
    return Math.max(1, Math.min(this.options.maxLimit(), Math.round(this.current)));
  }

  /** `undefined` before the first window. */
  get baselineMs(): number | undefined {
    return this.baseline.ms;
  }

  /**
   * The time within which about nine of ten calls are answered at rest. 0 before the first window.
   */
  get typicalMs(): number {
    return (this.baseline.ms ?? 0) * 1.3;
  }

  callStarted(): MeasuredCall {
    const call = { startedAtMs: this.clock.nowMs(), inFlight: this.running.size + 1 };
    this.running.add(call);
    this.closeWindowIfDue();
    return call;
  }

  callEnded(call: MeasuredCall, outcome: CallOutcome): void {
    if (!this.running.delete(call)) return;
    if (outcome === 'answered') this.samples.push({ ...call, tookMs: this.clock.nowMs() - call.startedAtMs });
    if (outcome === 'refused') this.refused(call);
    this.closeWindowIfDue();
  }

  /**
   * The origin refused a call. If far fewer calls than the limit were in flight, their number is
   * not the reason.
   */
  private refused({ inFlight }: MeasuredCall): void {
    if (inFlight >= LIGHT_SHARE * this.current) this.cutTo(inFlight * REFUSED_SHARE);
  }

  /** Costs two comparisons while the window is open. */
  private closeWindowIfDue(): void {
    const nowMs = this.clock.nowMs();
    const baselineMs = this.baseline.ms;
    if (baselineMs === undefined) {
      this.startBaseline(nowMs);
      return;
    }
    const elapsedMs = nowMs - this.windowStartMs;
    const windowMs = Math.min(MAX_WINDOW_MS, Math.max(MIN_WINDOW_MS, baselineMs * 0.6));
    if (elapsedMs < windowMs) return;
    const overdueAfterMs = baselineMs * OVERDUE_FACTOR + this.slackMs;
    const window = [...this.samples, ...overdueSamples(this.running, nowMs, overdueAfterMs)];
    if (window.length < (elapsedMs < MAX_WINDOW_LENGTHS * windowMs ? WINDOW_SAMPLES : MIN_SAMPLES)) return;
    this.openWindow(nowMs);
    this.adjust(window, nowMs);
  }

  private startBaseline(nowMs: number): void {
    const cohort = firstCohort(this.samples, this.running);
    if (cohort === undefined) return;
    this.baseline.initialize(medianMsOf(cohort), cohort.length);
    this.openWindow(nowMs);
  }

  private openWindow(nowMs: number): void {
    this.samples = [];
    this.windowStartMs = nowMs;
  }

  /**
   * Samples from far above the present limit may lower the limit. Such samples say nothing about
   * the present load.
   */
  private adjust(window: readonly Sample[], nowMs: number): void {
    const edge = this.current * 1.2 + 1;
    const outdated = window.filter(({ inFlight }) => inFlight > edge);
    const present = window.filter(({ inFlight }) => inFlight <= edge);
    if (outdated.length >= MIN_SAMPLES) this.adjustToOutdated(outdated);
    if (present.length >= MIN_SAMPLES) this.adjustToPresent(present, nowMs);
  }

  private adjustToOutdated(outdated: readonly Sample[]): void {
    const { factor, tolerance, sustainable } = this.slowdown(outdated);
    if (factor > tolerance) this.cutTo(sustainable);
  }

  private adjustToPresent(present: readonly Sample[], nowMs: number): void {
    const reach = quantileOf(
      present.map(({ inFlight }) => inFlight),
      0.8,
    );
    const summary = { medianMs: medianMsOf(present), samples: present.length, reach };
    this.baseline.observe(summary, reach < LIGHT_SHARE * this.current);
    const slowdown = this.slowdown(present);
    const { factor, tolerance } = slowdown;
    if (factor > tolerance) {
      this.overloaded(present, slowdown);
      this.relearnIfStuck(summary.medianMs, nowMs);
      return;
    }
    this.baseline.recordHealthy(summary);
    this.healthyAtMs = nowMs;
    if (reach >= USED_SHARE * this.current - 1) this.grow(Math.min(1, (tolerance - factor) / (tolerance - 1)));
  }

  private overloaded(present: readonly Sample[], { sustainable }: Slowdown): void {
    this.cutTo(sustainable);
    if (nearsDeadline(present, this.options.deadlineMs)) this.cutTo(this.current * NEAR_DEADLINE_SHARE);
    this.baseline.recordOverload();
  }

  private relearnIfStuck(medianMs: number, nowMs: number): void {
    // At the lowest limit there is no lower load to compare with.
    if (this.current > MIN_LIMIT && nowMs - this.healthyAtMs < STUCK_AFTER_MS) return;
    this.healthyAtMs = nowMs;
    this.baseline.relearn(medianMs);
  }

  private slowdown(samples: readonly Sample[]): Slowdown {
    return measureSlowdown(samples, this.baseline, this.slackMs);
  }

  private get slackMs(): number {
    return slackMs(this.options.eventLoopDelayMs?.() ?? 0);
  }

  private cutTo(limit: number): void {
    if (limit >= this.current) return;
    this.growth.recordCut(this.current, limit);
    this.current = Math.max(MIN_LIMIT, limit);
  }

  /** @param room the unused part of the tolerance, from 0 to 1 */
  private grow(room: number): void {
    this.current = Math.min(this.options.maxLimit(), this.growth.grow(this.current, room));
  }
}
