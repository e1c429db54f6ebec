import { explained } from '../figures.js';
import type { RegionsOutcome } from './run-regions.js';

/** Returns one line per violation of any law. */
export function violationsOf({ chronicle, everywhere, within, atEnd, lockViolations }: RegionsOutcome): string[] {
  return [
    ...explained({ chronicle, verdict: everywhere }).map((line) => `in another region: ${line}`),
    ...within.flatMap((verdict) => explained({ chronicle, verdict }).map((line) => `in the same region: ${line}`)),
    ...explained({ chronicle, verdict: atEnd }).map((line) => `at the end: ${line}`),
    ...lockViolations.filter(({ kind }) => kind !== 'lost').map((violation) => JSON.stringify(violation)),
  ];
}

/** Formats the figures of a run as a table. */
export function regionsTable(outcome: RegionsOutcome): string {
  const { chronicle, everywhere, atEnd, done, refused, lockViolations, settledAfterMs, tookMs } = outcome;
  const rows: (readonly [string, number | string])[] = [
    ...Object.entries(chronicle.ended).map(([source, count]) => [`reads: ${source}`, count] as const),
    ...Object.entries(done),
    ['excused by the bound', everywhere.excused],
    ['left to the outbox', chronicle.left.length],
    ['checked at the end', atEnd.checked],
    ['violations', violationsOf(outcome).length],
    ['locks that ended too early', lockViolations.filter(({ kind }) => kind === 'lost').length],
    ...[...refused].map(([error, count]) => [`no agent: ${error || 'none is free'}`, count] as const),
    ...[...Map.groupBy(chronicle.faults, ({ name }) => name)].map(
      ([name, faults]) => [`fault: ${name}`, faults.length] as const,
    ),
    ['settled after the last healing, ms', Math.round(settledAfterMs)],
    ['seconds', (tookMs / 1000).toFixed(1)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(48)}${String(value).padStart(10)}`).join('\n');
}
