import { OUTCOMES, type Outcome } from './doors.ts';
import type { Rehearsal, Side } from './rehearsal.ts';
import type { Run } from './run.ts';
import type { Figures } from './tally.ts';

export const LABELS: Readonly<Record<Outcome, string>> = {
  real: 'real data',
  stale: 'stale data',
  degraded: 'default values',
  late: 'no answer in time',
  failed: 'error',
};

export const SIDES: Readonly<Record<Side, string>> = { without: 'without the shield', with: 'with the shield' };

const UNKNOWN = '–';

type RowOf = readonly [label: string, cell: (run: Run) => string];

const ROWS: readonly RowOf[] = [
  ['calls', ({ calls }) => whole(calls)],
  ...OUTCOMES.map((outcome): RowOf => [LABELS[outcome], ({ counts }) => whole(counts[outcome])]),
  ['half of the callers waited', ({ p50Ms }) => `${whole(p50Ms)} ms`],
  ['99 of 100 callers waited', ({ p99Ms }) => `${whole(p99Ms)} ms`],
  ['calls at the origin', ({ origin }) => (origin === undefined ? UNKNOWN : whole(origin.calls))],
  ['left before the answer', ({ origin }) => (origin === undefined ? UNKNOWN : whole(origin.abandoned))],
  ['origin peak', ({ origin }) => (origin === undefined ? UNKNOWN : peakText(origin.peaks))],
  ['late starts of the generator', ({ lateStarts, latestStartMs }) => startsText(lateStarts, latestStartMs)],
];

/** The table at the end of a rehearsal, as lines of text. */
export function tableOf(rehearsal: Rehearsal): string[] {
  const cellOf = (run: Run | undefined, cell: RowOf[1]): string => (run === undefined ? UNKNOWN : cell(run));
  const rows = ROWS.map(([label, cell]) => [label, cellOf(rehearsal.without, cell), cellOf(rehearsal.with, cell)]);
  const all = [['', SIDES.without, SIDES.with], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
  );
}

/** Reasons not to believe the figures. An empty list means that they may be judged. */
export function doubtsOf(rehearsal: Rehearsal): string[] {
  const { without } = rehearsal;
  const runs = [without, rehearsal.with].filter((run) => run !== undefined);
  const late = runs.reduce((sum, { lateStarts }) => sum + lateStarts, 0);
  const latestMs = Math.max(...runs.map(({ latestStartMs }) => latestStartMs));
  const calls = runs.reduce((sum, run) => sum + run.calls, 0);
  const doubts: string[] = [];
  if (late > 0)
    doubts.push(
      `the generator began ${whole(late)} of ${whole(calls)} calls too late, by up to ${whole(latestMs)} ms: lower --calls-per-second`,
    );
  if (without?.origin !== undefined && without.origin.calls !== without.calls)
    doubts.push(`the sandbox counted ${whole(without.origin.calls)} calls, the generator ${whole(without.calls)}`);
  return doubts;
}

/** Says in one sentence what would have happened to the callers. */
export function sentenceOf({ without, with: shielded }: Rehearsal): string {
  const [real, stale, degraded] = (['real', 'stale', 'degraded'] as const).map((one) => perHundred(shielded, [one]));
  const data = stale === 'none' ? `${real} got data` : `${real} got data, ${stale} older data`;
  const waited = perHundred(shielded, ['late', 'failed']);
  const shield = `${data}, ${degraded} got defaults and ${waited} went unanswered`;
  if (without === undefined) return `Of 100 callers, ${shield}.`;
  const lost = perHundred(without, ['late', 'failed']);
  if (lost === 'none') return `Without the shield, every caller would have had data in time; with it, ${shield}.`;
  return `Without the shield, ${lost} of 100 callers would have had no answer in time; with it, ${shield}.`;
}

/** The progress of a run, as one line. */
export function progressLine(
  side: Side,
  { atMs, forMs }: { readonly atMs: number; readonly forMs: number },
  { calls, counts }: Figures,
  inFlight: number | undefined,
): string {
  const outcomes = OUTCOMES.map((outcome) => `${outcome} ${whole(counts[outcome])}`).join('  ');
  const origin = inFlight === undefined ? '' : `  at the origin ${whole(inFlight)}`;
  return `${SIDES[side]}  ${Math.floor(atMs / 1000)} of ${Math.round(forMs / 1000)} s  calls ${whole(calls)}  ${outcomes}${origin}`;
}

function perHundred({ calls, counts }: Run, outcomes: readonly Outcome[]): string {
  const share = calls === 0 ? 0 : (100 * outcomes.reduce((sum, outcome) => sum + counts[outcome], 0)) / calls;
  if (share === 0) return 'none';
  if (share < 1) return 'fewer than 1';
  return share > 99 && share < 100 ? 'more than 99' : `${Math.round(share)}`;
}

function peakText(peaks: ReadonlyMap<string, number>): string {
  if (peaks.size === 1) return [...peaks.values()].map(whole).join('');
  return [...peaks].map(([system, peak]) => `${system} ${whole(peak)}`).join(', ');
}

function startsText(late: number, latestMs: number): string {
  return `${whole(late)} (latest ${whole(latestMs)} ms)`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
