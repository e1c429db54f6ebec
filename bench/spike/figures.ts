import { fixed, quantile } from '../support/numbers.ts';
import type { Fare } from './crowd.ts';
import type { Look } from './watch.ts';

const IN_TIME_MS = 2500;
const LATE_MS = 2550;

/** The results of one service in a row. */
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

/** The median duration at the end of the row, after the load has gone down. */
function normalAgain({ fares }: Course, forMs: number): number {
  return quantile(
    fares.filter((fare) => fare.withData && fare.askedAtMs > 0.93 * forMs).map(({ tookMs }) => tookMs),
    0.5,
  );
}

/** A row of the table, as numbers. */
export interface RowFigures {
  readonly good: number;
  readonly best: number;
  readonly share: number;
  readonly ivr: number;
  readonly ivrOfOracle: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly degradedMs: number;
  readonly late: number;
  readonly peak: number;
  readonly overTwiceS: number;
  readonly overTwiceOfOracleS: number;
  readonly endMs: number;
}

export function figuresOf(ours: Course, oracle: Course, forMs: number): RowFigures {
  const [good, best] = [goodPerSecond(ours, forMs), goodPerSecond(oracle, forMs)];
  const took = ours.fares.map(({ tookMs }) => tookMs);
  const degraded = ours.fares.filter(({ withData }) => !withData).map(({ tookMs }) => tookMs);
  return {
    ...{ good, best, share: (100 * good) / best },
    ...{ ivr: 100 * ivrSuccess(ours), ivrOfOracle: 100 * ivrSuccess(oracle) },
    ...{ p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) },
    degradedMs: degraded.length === 0 ? 0 : quantile(degraded, 0.99),
    late: took.filter((ms) => ms > LATE_MS).length,
    peak: Math.max(...ours.looks.map(({ inFlight }) => inFlight)),
    overTwiceS: overTwiceMs(ours.looks) / 1000,
    overTwiceOfOracleS: overTwiceMs(oracle.looks) / 1000,
    endMs: normalAgain(ours, forMs),
  };
}

type Column = readonly [
  title: string,
  cell: (of: (figure: keyof RowFigures, worst?: 'min' | 'max') => string) => string,
];

const COLUMNS: readonly Column[] = [
  ['good/s', (of) => of('good')],
  ['oracle', (of) => of('best')],
  ['share %', (of) => of('share', 'min')],
  ['ivr %', (of) => of('ivr', 'min')],
  ['oracle', (of) => of('ivrOfOracle')],
  ['p50 / p99 ms', (of) => `${of('p50Ms')} / ${of('p99Ms')}`],
  ['degraded p99 ms', (of) => of('degradedMs', 'max')],
  ['late', (of) => of('late', 'max')],
  ['origin peak', (of) => of('peak', 'max')],
  ['over 2 × knee, s', (of) => of('overTwiceS', 'max')],
  ['oracle', (of) => of('overTwiceOfOracleS', 'max')],
  ['median at the end', (of) => of('endMs', 'max')],
];

export const HEAD = ['origin', ...COLUMNS.map(([title]) => title)];

/** A row of the table: the median and the worst of several runs. */
export function cells(name: string, runs: readonly RowFigures[]): string[] {
  const of = (figure: keyof RowFigures, worst?: 'min' | 'max'): string => {
    const values = runs.map((run) => run[figure]);
    const text = (value: number): string => fixed(value, figure.startsWith('overTwice') ? 1 : 0);
    const middle = text(quantile(values, 0.5));
    return worst === undefined || runs.length === 1 ? middle : `${middle} (${text(Math[worst](...values))})`;
  };
  return [name, ...COLUMNS.map(([, cell]) => cell(of))];
}
