import type { Violation } from './check.js';
import type { Chronicle, WitnessedRead } from './chronicle.js';
import type { Outcome } from './run.js';

/** Number of violations that the report shows in full. */
const SHOWN = 30;

export interface Figures {
  readonly reads: number;
  readonly checked: number;
  /** Share of all reads that returned data. */
  readonly dataShare: number;
  /** Share of all reads that the cache answered, fresh or stale. */
  readonly hitShare: number;
  /** Share of all events that a process acknowledged before the run ended. */
  readonly ackedShare: number;
  /** Names of the injected faults. */
  readonly faults: readonly string[];
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
    faults: [...new Set(chronicle.faults.map(({ name }) => name))],
  };
}

/**
 * Returns one line per violation with the facts of the read and of the last fault.
 * After 30 violations it only adds the number of the others.
 */
export function explained({ chronicle, verdict }: Pick<Outcome, 'chronicle' | 'verdict'>): string[] {
  const { violations } = verdict;
  const lines = violations
    .slice(0, SHOWN)
    .map((violation) => `${describeViolation(violation)}; ${faultBefore(violation.read, chronicle)}`);
  return violations.length > SHOWN ? [...lines, `and ${violations.length - SHOWN} more`] : lines;
}

/** Formats the figures of a run as a table. */
export function table({ chronicle, verdict, tookMs }: Outcome): string {
  const { ended, acks, events, faults } = chronicle;
  const rows: [string, number | string][] = [
    ['reads', readsIn(chronicle)],
    ...Object.entries(ended).map(([source, count]): [string, number] => [`  ${source}`, count]),
    ['checked', verdict.checked],
    ['excused by their grace', verdict.excused],
    ['violations', verdict.violations.length],
    ['events', events],
    ['  acknowledged', acks.length],
    ['faults', faults.length],
    ...[...countedBy(faults.map(({ name }) => name))].map(([name, count]): [string, number] => [`  ${name}`, count]),
    ['seconds', (tookMs / 1000).toFixed(1)],
    ['reads per second', Math.round((readsIn(chronicle) / tookMs) * 1000)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(34)}${String(value).padStart(10)}`).join('\n');
}

function readsIn({ ended }: Chronicle): number {
  return Object.values(ended).reduce((sum, count) => sum + count, 0);
}

function describeViolation(violation: Violation<WitnessedRead>): string {
  const { variant, service, source, subject, version, startMs, endMs } = violation.read;
  const read = `${variant.lookup} by ${variant.input} at the process ${service}, customer ${subject}: ${source} gave version ${version}`;
  const took = `it took ${Math.round(endMs - startMs)} ms`;
  if (violation.kind === 'unwritten') return `${read}, which was not written by then; ${took}`;
  const { floor } = violation;
  return `${read}, although ${floor.version} was acknowledged ${(startMs - floor.atMs).toFixed(1)} ms before it started; ${took}`;
}

function faultBefore({ startMs }: WitnessedRead, { faults }: Chronicle): string {
  const last = faults.findLast(({ fromMs }) => fromMs <= startMs);
  if (last === undefined) return 'no fault before';
  const { name, fromMs, toMs } = last;
  return `${Math.round(startMs - fromMs)} ms after the start and ${Math.round(startMs - toMs)} ms after the end of "${name}"`;
}

function countedBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
