import { fixed, median, quantile, whole } from './numbers.ts';
import { table } from './table.ts';
import type { LoadFigures } from './wrk.ts';

export interface Pace {
  readonly rounds: number;
  /** The duration of one run. */
  readonly seconds: number;
}

export interface Result {
  readonly name: string;
  readonly runs: LoadFigures[];
}

export function compared(what: string, results: readonly Result[]): string {
  return [figuresTable(what, results), ...comparisons(results)].join('\n\n');
}

function figuresTable(what: string, results: readonly Result[]): string {
  const head = [what, 'requests/s', 'p50 ms', 'p99 ms', 'CPU µs/request', 'user mode', 'server busy'];
  return table([head, ...results.map(figuresRow)]);
}

function figuresRow({ name, runs }: Result): string[] {
  const of = (figure: keyof LoadFigures): number => median(runs.map((run) => run[figure]));
  const busy = `${whole(of('busy') * 100)} %`;
  return [
    name,
    whole(of('requestsPerS')),
    fixed(of('p50Ms')),
    fixed(of('p99Ms')),
    fixed(of('cpuUsPerRequest'), 1),
    fixed(of('userUsPerRequest'), 1),
    busy,
  ];
}

/** Compares the first result with each of the others, run by run. */
export function comparisons([first, ...others]: readonly Result[]): string[] {
  if (first === undefined) return [];
  return others.map((other) => {
    const rates = ratios(first, other, ({ requestsPerS }) => requestsPerS);
    const costs = ratios(other, first, ({ cpuUsPerRequest }) => cpuUsPerRequest);
    const userCosts = ratios(other, first, ({ userUsPerRequest }) => userUsPerRequest);
    const pair = `${first.name} / ${other.name}`;
    return `${pair}, requests/s: ${spelt(rates)}; requests per CPU second: ${spelt(costs)}; per second in user mode: ${spelt(userCosts)}.`;
  });
}

function ratios(above: Result, below: Result, figure: (run: LoadFigures) => number): number[] {
  return above.runs.map((run, at) => figure(run) / figure(below.runs[at] ?? run));
}

/** The longest list of ratios that is printed whole. */
const LISTED = 10;

function spelt(values: readonly number[]): string {
  if (values.length > LISTED) {
    const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => fixed(quantile(values, q), 3));
    return `quartiles ${low} to ${high} of ${values.length}, median **${middle}**`;
  }
  return `${values.map((value) => fixed(value)).join(' ')}, median **${fixed(median(values))}**`;
}
