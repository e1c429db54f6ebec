import { seededRandom } from '../src/sandbox/seeded-random.ts';
import { cells, figuresOf, HEAD, type RowFigures } from './spike/figures.ts';
import { ROWS, type Row } from './spike/rows.ts';
import { runVirtually } from './spike/virtual-row.ts';
import { budgetedProcesses, oracleService } from './spike/virtual-services.ts';
import type { Bench } from './support/bench.ts';
import { table } from './support/table.ts';

/** An additional seed moves a median by one point. The worst of twelve is one run in twelve. */
const SEEDS = 12;
const FIRST_SEED = 77;
const APART = 1000;

/**
 * The rows of `spike` with the real budget in virtual time, so the machine cannot slow the search.
 */
export const spikeVirtual: Bench = async (_, { rowSeconds, rows }) => {
  const forMs = rowSeconds * 1000;
  const lines: string[][] = [];
  for (const row of ROWS) {
    if (rows !== undefined && !row.name.includes(rows)) continue;
    const found: RowFigures[] = [];
    for (let at = 0; at < SEEDS; at++) found.push(await figuresOfSeed(row, forMs, FIRST_SEED + at * APART));
    lines.push(cells(row.name, found));
    console.log(lines.at(-1)?.join(' | '));
  }
  const what = `Rows of ${rowSeconds} s in virtual time; ${SEEDS} seeds from ${FIRST_SEED}: the median and, in brackets, the worst.`;
  return `${what}\n\n${table([HEAD, ...lines])}`;
};

async function figuresOfSeed(row: Row, forMs: number, seed: number): Promise<RowFigures> {
  const ours = await runVirtually(row, { forMs, seed }, (time) =>
    budgetedProcesses(time, row.processes ?? 1, seededRandom(seed + 3)),
  );
  const oracle = await runVirtually(row, { forMs, seed }, oracleService);
  return figuresOf(ours, oracle, forMs);
}
