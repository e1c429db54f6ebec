import { fixed, quantile } from '../support/numbers.ts';
import type { Fare } from './crowd.ts';
import type { Look } from './watch.ts';

const IN_TIME_MS = 2500;
const LATE_MS = 2550;

/** A row as it went for one service. */
export interface Course {
  readonly fares: readonly Fare[];
  readonly looks: readonly Look[];
}

function goodPerSecond({ fares }: Course, forMs: number): number {
  return (fares.filter(isGood).length / forMs) * 1000;
}

export function isGood({ withData, tookMs }: Fare): boolean {
  return withData && tookMs <= IN_TIME_MS;
}

function ivrSuccess({ fares }: Course): number {
  const ivr = fares.filter((fare) => fare.ivr);
  return ivr.filter(isGood).length / ivr.length;
}

/** The longest time in a row with more than twice the knee in flight at the origin. */
function overTwiceMs(looks: readonly Look[]): number {
  let sinceMs: number | undefined;
  let longestMs = 0;
  for (const { atMs, inFlight, knee } of looks) {
    sinceMs = inFlight > 2 * knee ? (sinceMs ?? atMs) : undefined;
    if (sinceMs !== undefined) longestMs = Math.max(longestMs, atMs - sinceMs);
  }
  return longestMs;
}

/** What the origin takes at the end of the row, when less is asked again. */
function normalAgain({ fares }: Course, forMs: number): number {
  return quantile(
    fares.filter((fare) => fare.withData && fare.askedAtMs > 0.93 * forMs).map(({ tookMs }) => tookMs),
    0.5,
  );
}

export const HEAD = [
  'origin',
  'good/s',
  'oracle',
  'share',
  'ivr',
  'oracle',
  'p50 / p99 ms',
  'degraded p99 ms',
  'late',
  'origin peak',
  'over 2 × knee',
  'median at the end',
] as const;

export function cells(name: string, ours: Course, oracle: Course, forMs: number): string[] {
  const [good, best] = [goodPerSecond(ours, forMs), goodPerSecond(oracle, forMs)];
  const took = ours.fares.map(({ tookMs }) => tookMs);
  const degraded = ours.fares.filter(({ withData }) => !withData).map(({ tookMs }) => tookMs);
  const percent = (share: number): string => `${fixed(100 * share, 0)} %`;
  return [
    name,
    fixed(good, 0),
    fixed(best, 0),
    percent(good / best),
    percent(ivrSuccess(ours)),
    percent(ivrSuccess(oracle)),
    `${fixed(quantile(took, 0.5), 0)} / ${fixed(quantile(took, 0.99), 0)}`,
    degraded.length === 0 ? '–' : fixed(quantile(degraded, 0.99), 0),
    `${took.filter((ms) => ms > LATE_MS).length}`,
    `${Math.max(...ours.looks.map(({ inFlight }) => inFlight))}`,
    `${fixed(overTwiceMs(ours.looks) / 1000, 1)} s`,
    `${fixed(normalAgain(ours, forMs), 0)} ms`,
  ];
}
