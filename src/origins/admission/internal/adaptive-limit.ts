import type { Clock } from '../../../kernel/clock.js';
import { Baseline } from './baseline.js';
import { GrowthRate } from './growth-rate.js';
import {
  FEWEST,
  firstCohort,
  medianMsOf,
  medianOf,
  overdue,
  quantileOf,
  type MeasuredCall,
  type Sample,
} from './samples.js';

export interface AdaptiveLimitOptions {
  /** Never above; read anew each time, because a schedule may change it. */
  readonly ceiling: () => number;
  /** How late this process comes to its work. Every call waits for it twice, when it is sent and when it is read. */
  readonly ownDelayMs?: () => number;
  /** The longest a caller waits: answers slower than a part of it are a reason to back off. */
  readonly deadlineMs: number;
}

/** `answered` tells how long the origin needs; `refused` that it wants less; `failed` nothing. */
export type CallEnd = 'answered' | 'refused' | 'failed';

/** Before anything is known. Low, because a system nobody has measured may be a small one; it is left behind within seconds. */
const START = 10;
/** Below this nothing could be measured any more. */
const LEAST = 3;
/**
 * The median may be this much above the baseline: the first percents of a knee, and 1.6 times what chance makes of so few samples and of the
 * baseline's own.
 */
const tolerance = (samples: number, standsOn: number): number => 1.05 + 0.4 * Math.sqrt(1 / samples + 1 / standsOn);
/** Of our own making even on an idle machine, which weighs on fast origins. */
const SLACK_MS = 4;
/**
 * A system at n calls that answers r times slower than at rest bears about n / r^(1/steepness). 0.7 is a steepness of 1.4: too careful for
 * steeper knees and not quite enough for softer ones, which the next window mends.
 */
const CUT = 0.7;
/** One window never takes more than this away: what it sees may be a moment. */
const DEEPEST_CUT = 0.25;
/** An origin of 800 ms that is asked 10 at a time answers 12 times a second: with more it would be judged every other second. */
const FEWEST_SAMPLES = 12;
const WAITS_WINDOWS = 4;
const SHORTEST_WINDOW_MS = 100;
const LONGEST_WINDOW_MS = 500;
/** A call this many times older than the baseline, and still under way, counts as a slow answer. */
const OVERDUE = 1.4;
/** Slow in every window for this long although the limit went down: it is not our doing, the origin has become a slower one. */
const STUCK_AFTER_MS = 10_000;
/**
 * Samples taken at this share of the limit say that it was used to the full, or that the origin was nearly at rest. Growing at 0.85 of it
 * already costs a hard knee a tenth of its good answers.
 */
const USED = 0.95;
const LIGHT = 0.6;

/**
 * Finds out how many calls at a time a system of record bears, from how long it takes to answer.
 *
 * The law: the median of the last window is held against a baseline, the median at rest. Above the tolerance the limit goes to what the
 * slow samples say the system bears; below it the limit grows, but only when it was used to the full by the samples that were seen, so
 * that it never runs ahead of the evidence.
 *
 * Each sample carries the number in flight it was taken at. So the same bad news, coming in for seconds after the cause is over, leads to
 * the same limit again and not to an ever smaller one; and a call that is overdue counts before it is answered.
 *
 * Not promised: a right limit for a system whose time depends on what is asked more than on how much.
 */
export class AdaptiveLimit {
  private readonly baseline = new Baseline();
  private readonly pace = new GrowthRate();
  private readonly underWay = new Set<MeasuredCall>();
  private samples: Sample[] = [];
  private current: number;
  private windowSinceMs: number;
  private healthyAtMs: number;

  constructor(
    private readonly clock: Clock,
    private readonly options: AdaptiveLimitOptions,
  ) {
    this.windowSinceMs = clock.nowMs();
    this.healthyAtMs = this.windowSinceMs;
    this.current = START;
  }

  /** Whole, at least 1. */
  get limit(): number {
    return Math.max(1, Math.min(this.options.ceiling(), Math.round(this.current)));
  }

  /** Absent before the first window. */
  get baselineMs(): number | undefined {
    return this.baseline.ms;
  }

  /** What nine of ten answers take at rest, roughly; 0 while it is not known. */
  get usualMs(): number {
    return (this.baseline.ms ?? 0) * 1.3;
  }

  began(): MeasuredCall {
    const call = { startedAtMs: this.clock.nowMs(), inFlight: this.underWay.size + 1 };
    this.underWay.add(call);
    this.look();
    return call;
  }

  ended(call: MeasuredCall, end: CallEnd): void {
    if (!this.underWay.delete(call)) return;
    if (end === 'answered') this.samples.push({ ...call, tookMs: this.clock.nowMs() - call.startedAtMs });
    if (end === 'refused') this.refused(call);
    this.look();
  }

  /** So many were too many. Among far fewer than are allowed it is not their number that the origin minds. */
  private refused({ inFlight }: MeasuredCall): void {
    if (inFlight >= LIGHT * this.current) this.cutTo(inFlight * 0.9);
  }

  /** Closes the window when it has seen enough. Costs nothing before that. */
  private look(): void {
    const nowMs = this.clock.nowMs();
    const baselineMs = this.baseline.ms;
    if (baselineMs === undefined) {
      this.begin(nowMs);
      return;
    }
    const elapsedMs = nowMs - this.windowSinceMs;
    const windowMs = Math.min(LONGEST_WINDOW_MS, Math.max(SHORTEST_WINDOW_MS, baselineMs * 0.6));
    if (elapsedMs < windowMs) return;
    const seen = [...this.samples, ...overdue(this.underWay, nowMs, baselineMs * OVERDUE + this.slackMs)];
    if (seen.length < (elapsedMs < WAITS_WINDOWS * windowMs ? FEWEST_SAMPLES : FEWEST)) return;
    this.openWindow(nowMs);
    this.judge(seen, nowMs);
  }

  private begin(nowMs: number): void {
    const first = firstCohort(this.samples, this.underWay);
    if (first === undefined) return;
    this.baseline.begin(medianMsOf(first), first.length);
    this.openWindow(nowMs);
  }

  private openWindow(nowMs: number): void {
    this.samples = [];
    this.windowSinceMs = nowMs;
  }

  /** What was taken at far more calls than are allowed now is old news: it may lower the limit, and says nothing about the present one. */
  private judge(seen: readonly Sample[], nowMs: number): void {
    const edge = this.current * 1.2 + 1;
    const old = seen.filter(({ inFlight }) => inFlight > edge);
    const present = seen.filter(({ inFlight }) => inFlight <= edge);
    if (old.length >= FEWEST) this.judgeOld(old);
    if (present.length >= FEWEST) this.judgePresent(present, nowMs);
  }

  private judgeOld(old: readonly Sample[]): void {
    const slower = this.slower(old);
    if (slower > this.tolerance(old)) this.cutTo(this.bearable(old, slower));
  }

  private judgePresent(present: readonly Sample[], nowMs: number): void {
    const reach = quantileOf(
      present.map(({ inFlight }) => inFlight),
      0.8,
    );
    const found = { medianMs: medianMsOf(present), samples: present.length, reach };
    this.baseline.saw(found, reach < LIGHT * this.current);
    const allowed = this.tolerance(present);
    const slower = this.slower(present);
    if (slower > allowed) {
      this.cutTo(this.bearable(present, slower));
      if (this.tooSlowForCallers(present)) this.cutTo(this.current * 0.8);
      this.baseline.strained();
      this.maybeStuck(found.medianMs, nowMs);
      return;
    }
    this.baseline.bore(found);
    this.healthyAtMs = nowMs;
    if (reach >= USED * this.current - 1) this.grow(Math.min(1, (allowed - slower) / (allowed - 1)));
  }

  private maybeStuck(nowTakesMs: number, nowMs: number): void {
    // With so few in flight there is no lower load to compare it with.
    if (this.current > LEAST && nowMs - this.healthyAtMs < STUCK_AFTER_MS) return;
    this.healthyAtMs = nowMs;
    this.baseline.relearn(nowTakesMs);
  }

  private get slackMs(): number {
    return SLACK_MS + 2 * (this.options.ownDelayMs?.() ?? 0);
  }

  private tolerance(samples: readonly Sample[]): number {
    return tolerance(samples.length, this.baseline.samples);
  }

  /** How many times slower than at rest. */
  private slower(samples: readonly Sample[]): number {
    const baselineMs = this.baseline.ms;
    if (baselineMs === undefined) return 1;
    return Math.max(0, medianMsOf(samples) - this.slackMs) / baselineMs;
  }

  /** How many calls the system bears, going by samples that were too slow. */
  private bearable(samples: readonly Sample[], slower: number): number {
    const inFlight = medianOf(samples.map((sample) => sample.inFlight));
    return inFlight * Math.max(DEEPEST_CUT, (this.tolerance(samples) / slower) ** CUT);
  }

  private tooSlowForCallers(samples: readonly Sample[]): boolean {
    const p90Ms = quantileOf(
      samples.map(({ tookMs }) => tookMs),
      0.9,
    );
    return p90Ms > 0.6 * this.options.deadlineMs;
  }

  private cutTo(limit: number): void {
    if (limit >= this.current) return;
    this.pace.cut(this.current, limit);
    this.current = Math.max(LEAST, limit);
  }

  /** @param room how much of the tolerance is left, from 0 to 1 */
  private grow(room: number): void {
    this.current = Math.min(this.options.ceiling(), this.pace.grown(this.current, room));
  }
}
