import type { Violation } from './check.js';
import type { Chronicle, WitnessedRead } from './chronicle.js';
import type { Outcome } from './run.js';

/** No more than this of a bad run is worth reading. */
const SHOWN = 30;

export interface Figures {
  readonly reads: number;
  readonly checked: number;
  /** Shares of all reads: answered with data, and out of a cache, fresh or stale. */
  readonly dataShare: number;
  readonly hitShare: number;
  /** Share of all events that were acknowledged in the end. */
  readonly ackedShare: number;
  /** Kinds of trouble that were made. */
  readonly troubles: readonly string[];
}

export function figuresOf({ chronicle, verdict }: Pick<Outcome, 'chronicle' | 'verdict'>): Figures {
  const { ended, events, acks } = chronicle;
  const reads = readsIn(chronicle);
  return {
    reads,
    checked: verdict.checked,
    dataShare: (ended.cache + ended.stale + ended.origin) / reads,
    hitShare: (ended.cache + ended.stale) / reads,
    ackedShare: acks.length / events,
    troubles: [...new Set(chronicle.troubles.map(({ name }) => name))],
  };
}

/** One line a violation, with what one would ask first; of many only the first, and how many there are. */
export function explained({ chronicle, verdict }: Pick<Outcome, 'chronicle' | 'verdict'>): string[] {
  const { violations } = verdict;
  const lines = violations
    .slice(0, SHOWN)
    .map((violation) => `${told(violation)}; ${troubleBefore(violation.read, chronicle)}`);
  return violations.length > SHOWN ? [...lines, `and ${violations.length - SHOWN} more`] : lines;
}

/** The figures of a run, for people. */
export function table({ chronicle, verdict, tookMs }: Outcome): string {
  const { ended, acks, events, troubles } = chronicle;
  const rows: [string, number | string][] = [
    ['reads', readsIn(chronicle)],
    ...Object.entries(ended).map(([source, count]): [string, number] => [`  ${source}`, count]),
    ['checked', verdict.checked],
    ['saved by their grace', verdict.excused],
    ['violations', verdict.violations.length],
    ['events', events],
    ['  acknowledged', acks.length],
    ['troubles', troubles.length],
    ...[...countedBy(troubles.map(({ name }) => name))].map(([name, count]): [string, number] => [`  ${name}`, count]),
    ['seconds', (tookMs / 1000).toFixed(1)],
    ['reads per second', Math.round((readsIn(chronicle) / tookMs) * 1000)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(34)}${String(value).padStart(10)}`).join('\n');
}

function readsIn({ ended }: Chronicle): number {
  return Object.values(ended).reduce((sum, count) => sum + count, 0);
}

function told(violation: Violation<WitnessedRead>): string {
  const { way, service, source, subject, version, startMs, endMs } = violation.read;
  const read = `${way.lookup} by ${way.input} at the process ${service}, customer ${subject}: ${source} gave version ${version}`;
  const took = `it took ${Math.round(endMs - startMs)} ms`;
  if (violation.kind === 'unwritten') return `${read}, which nobody had written; ${took}`;
  const { floor } = violation;
  return `${read}, although ${floor.version} was acknowledged ${(startMs - floor.atMs).toFixed(1)} ms before it started; ${took}`;
}

function troubleBefore({ startMs }: WitnessedRead, { troubles }: Chronicle): string {
  const last = troubles.findLast(({ fromMs }) => fromMs <= startMs);
  if (last === undefined) return 'no trouble before';
  const { name, fromMs, toMs } = last;
  return `${Math.round(startMs - fromMs)} ms after the begin and ${Math.round(startMs - toMs)} ms after the end of "${name}"`;
}

function countedBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
