/**
 * Measures the real build. `npm run bench` builds and runs everything; see README.md.
 *
 *   node bench/run.ts [name …] [--profile] [--rounds=5] [--seconds=4]
 *                     [--row-seconds=60] [--rows=hard] [--write]
 *   node bench/run.ts builds --against=<path of another checkout with a build>
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { agents } from './agents.ts';
import { builds } from './builds.ts';
import { callerCheck } from './caller-check.ts';
import { coldStart } from './cold-start.ts';
import { composed } from './composed.ts';
import { cost } from './cost.ts';
import { genesys } from './genesys.ts';
import { herd } from './herd.ts';
import { interceptor } from './interceptor.ts';
import { invalidations } from './invalidations.ts';
import { memory } from './memory.ts';
import { nearHit } from './near-hit.ts';
import { oauth2 } from './oauth2.ts';
import { opsPage } from './ops-page.ts';
import { redisHit } from './redis-hit.ts';
import { regions } from './regions.ts';
import { shield } from './shield.ts';
import { spike } from './spike.ts';
import { spikeVirtual } from './spike-virtual.ts';
import { sql } from './sql.ts';
import { tracing } from './tracing.ts';
import type { Bench, BenchOptions } from './support/bench.ts';
import { machine, otherWork } from './support/machine.ts';
import { DIST } from './support/places.ts';
import { writeResults } from './support/results.ts';
import { LOAD_CORE, Stage } from './support/stage.ts';
import { CannotMeasure, ensureTools, pathOf } from './support/tools.ts';

const BENCHES = new Map<string, Bench>([
  ['builds', builds],
  ['near-hit', nearHit],
  ['redis-hit', redisHit],
  ['composed', composed],
  ['oauth2', oauth2],
  ['sql', sql],
  ['caller-check', callerCheck],
  ['tracing', tracing],
  ['ops-page', opsPage],
  ['interceptor', interceptor],
  ['shield', shield],
  ['herd', herd],
  ['invalidations', invalidations],
  ['memory', memory],
  ['cold-start', coldStart],
  ['cost', cost],
  ['agents', agents],
  ['spike', spike],
  ['spike-virtual', spikeVirtual],
  ['genesys', genesys],
  ['regions', regions],
]);
/** The benches with one hot path that a profile can show. */
const PROFILED: readonly string[] = ['near-hit', 'redis-hit', 'composed'];

interface Order extends BenchOptions {
  readonly names: readonly string[];
  readonly write: boolean;
}

function readOrder(): Order {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      profile: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      'row-seconds': { type: 'string', default: '60' },
      rows: { type: 'string' },
      against: { type: 'string' },
    },
  });
  const unknown = positionals.filter((name) => !BENCHES.has(name));
  if (unknown.length > 0)
    throw new CannotMeasure(`unknown bench ${unknown.join(', ')}; allowed: ${[...BENCHES.keys()].join(', ')}`);
  const runnable = [...BENCHES.keys()].filter((name) => name !== 'builds' || values.against !== undefined);
  const all = values.profile ? PROFILED : runnable;
  const names = positionals.length > 0 ? positionals.filter((name) => !values.profile || all.includes(name)) : all;
  const { profile, write, rows, against } = values;
  const [rounds, seconds, rowSeconds] = [values.rounds, values.seconds, values['row-seconds']].map(Number) as [
    number,
    number,
    number,
  ];
  return { profile, write, rows, against, rounds, seconds, rowSeconds, names };
}

/** Runs a bench on its own stage and ends the stage on every exit. */
async function staged(bench: Bench, options: BenchOptions): Promise<string> {
  const stage = new Stage();
  const interrupted = (): void => void stage.end().finally(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    return await bench(stage, options);
  } finally {
    await stage.end();
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}

async function main(): Promise<void> {
  const order = readOrder();
  ensureTools();
  if (!existsSync(join(DIST, 'main.js'))) throw new CannotMeasure('no build in dist: run "npm run build"');
  // The bench process sends requests and counts answers, so it runs on the core of the callers.
  execFileSync(pathOf('taskset'), ['-a', '-p', '-c', `${LOAD_CORE}`, `${process.pid}`], { stdio: 'ignore' });
  const found = new Map<string, string>();
  for (const name of order.names) {
    const title = order.profile ? `${name}, profile` : name;
    const circumstances = [new Date().toISOString().slice(0, 16), machine(), otherWork()].join(' · ');
    console.log(`\n## ${title}\n\n${circumstances}\n`);
    const result = await staged(BENCHES.get(name) ?? herd, order);
    console.log(`\n${result}`);
    found.set(title, `${circumstances}\n\n${result}`);
  }
  if (order.write) await writeResults(found);
}

await main().catch((error: unknown) => {
  process.exitCode = error instanceof CannotMeasure ? 2 : 1;
  console.error(error instanceof CannotMeasure ? error.message : error);
});
