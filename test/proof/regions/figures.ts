import { explained } from '../figures.js';
import type { HearsAgain } from './regions-load.js';
import type { RegionsOutcome } from './run-regions.js';

/** Returns one line per violation of any law. */
export function violationsOf({ chronicle, atEnd, lockViolations, splitCalls }: RegionsOutcome): string[] {
  const { everywhere, withinEach: within } = chronicle;
  return [
    ...explained({ chronicle, verdict: everywhere }).map((line) => `in another region: ${line}`),
    ...within.flatMap((verdict) => explained({ chronicle, verdict }).map((line) => `in the same region: ${line}`)),
    ...explained({ chronicle, verdict: atEnd }).map((line) => `at the end: ${line}`),
    ...lockViolations.map((violation) => JSON.stringify(violation)),
    ...splitCalls.map((split) => `a call got two locks: ${JSON.stringify(split)}`),
  ];
}

/** Formats the figures of a run as a table. */
export function regionsTable(outcome: RegionsOutcome): string {
  const { chronicle, atEnd, events, done, refused, lostWithMaster, hearsAgain, settledAfterMs, tookMs } = outcome;
  const rows: (readonly [string, number | string])[] = [
    ...Object.entries(chronicle.ended).map(([source, count]) => [`reads: ${source}`, count] as const),
    ...Object.entries(done),
    ['agent events that were refused', events.refused],
    ['agents about whom every event was refused', events.unheard],
    ['of the reads, checked after an acknowledgement of any region', chronicle.everywhere.checked],
    ['excused by the bound', chronicle.everywhere.excused],
    ['left to the outbox', chronicle.left.length],
    ['checked at the end', atEnd.checked],
    ['violations', violationsOf(outcome).length],
    ['locks that a killed master took with it', lostWithMaster],
    ...[...refused].map(([error, count]) => [`no agent: ${error || 'none is free'}`, count] as const),
    ...[...Map.groupBy(chronicle.faults, ({ name }) => name)].map(
      ([name, faults]) => [`fault: ${name}`, faults.length] as const,
    ),
    ...[...Map.groupBy(hearsAgain, ({ name }) => name)].map(
      ([name, each]) => [`most ms until all hear after: ${name}`, longest(each)] as const,
    ),
    ['settled after the last healing, ms', Math.round(settledAfterMs)],
    ['seconds', (tookMs / 1000).toFixed(1)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(66)}${String(value).padStart(10)}`).join('\n');
}

function longest(each: readonly HearsAgain[]): number {
  return Math.round(Math.max(...each.map(({ afterMs }) => afterMs)));
}
