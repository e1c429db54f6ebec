import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { HerdFigures } from './herd-callers.ts';
import type { Bench } from './support/bench.ts';
import { cacheErrors, startDatadip, type Datadip } from './support/datadip.ts';
import { API_KEY } from './support/declaration.ts';
import { whole } from './support/numbers.ts';
import { startOrigin, type Origin } from './support/origin.ts';
import { BENCH } from './support/places.ts';
import { ask } from './support/ask.ts';
import { startRedis } from './support/redis.ts';
import { LOAD_CORE, SERVER_CORE, type Stage } from './support/stage.ts';
import { table } from './support/table.ts';

const CALLERS = 5000;
const ROUNDS = 3;
const ORIGIN_TAKES_MS = 2000;
/** After this time the rest of a round is over, such as a load behind its answers. */
const BETWEEN_ROUNDS_MS = 3000;

/** No earlier request named these customers, so each round has its own cold key. */
const COLD = { healthy: 50_001, 'healthy, busy machine': 55_001, failing: 60_001 } as const;
/** Each process has seen a slow answer before the rounds, so a slow answer is nothing unusual. */
const SEEN_BEFORE = 40_001;
/** The process that answers the herd has a quarter of a core while these run. */
const BUSY_PROGRAMS_PER_CORE = 3;

interface Round extends HerdFigures {
  readonly originCalls: number;
}

/**
 * Sends 5,000 concurrent requests for one cold key to two processes that share a Redis. Repeats
 * this while other programs use both cores, and with a failing origin.
 */
export const herd: Bench = async (stage) => {
  const redis = await startRedis(stage);
  const origin = await startOrigin(stage);
  // An answer that takes longer than half of `timeoutMs` counts as unusual, too.
  const system = { baseUrl: origin.url, timeoutMs: 10_000 };
  const settings = { originUrl: origin.url, redisUrl: redis.url, system, env: { DEADLINE_MS: '2500' } };
  const processes = [
    await startDatadip(stage, { ...settings, name: 'datadip-a' }),
    await startDatadip(stage, { ...settings, name: 'datadip-b' }),
  ];
  const lead = { latencyMs: ORIGIN_TAKES_MS, latencySigma: 0 };
  await origin.behave(lead);
  for (const [at, { url }] of processes.entries()) await ask(url, SEEN_BEFORE + at);
  const healthy = await rounds(stage, processes, origin, 'healthy');
  const stopBusyPrograms = startBusyPrograms(stage);
  const busy = await rounds(stage, processes, origin, 'healthy, busy machine');
  await stopBusyPrograms();
  await origin.behave({ ...lead, failureRate: 1 });
  const failing = await rounds(stage, processes, origin, 'failing');
  const errors = await Promise.all(processes.map(cacheErrors));
  return `${herdTable([...healthy, ...busy, ...failing])}\n\nCache errors the two processes counted: ${errors.join('; ')}.`;
};

async function rounds(
  stage: Stage,
  to: readonly Datadip[],
  origin: Origin,
  name: keyof typeof COLD,
): Promise<[string, Round][]> {
  const found: [string, Round][] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    await origin.forget();
    const figures = await callersOf(stage, to, `${COLD[name] + round}`, COLD[name] + round);
    await delay(BETWEEN_ROUNDS_MS);
    const result = { ...figures, originCalls: await origin.calls() };
    console.log(`  origin ${name}, round ${round}: ${JSON.stringify(result)}`);
    found.push([`${name}, round ${round}`, result]);
  }
  return found;
}

/** Returns a function that stops the programs. */
function startBusyPrograms(stage: Stage): () => Promise<unknown> {
  const cores = Array.from({ length: BUSY_PROGRAMS_PER_CORE }, () => [SERVER_CORE, LOAD_CORE]).flat();
  const args = ['-e', 'for (;;);'];
  const programs = cores.map((core, at) => stage.start({ name: `busy-${at}`, core, command: process.execPath, args }));
  return () => Promise.all(programs.map((program) => program.stop()));
}

async function callersOf(stage: Stage, to: readonly Datadip[], name: string, customer: number): Promise<HerdFigures> {
  const actor = stage.start({
    name: `callers-${name}`,
    core: LOAD_CORE,
    command: process.execPath,
    args: [join(BENCH, 'herd-callers.ts'), ...[CALLERS, customer, API_KEY, ...to.map(({ port }) => port)].map(String)],
  });
  await actor.exited;
  const said = await readFile(actor.outputFile, 'utf8');
  if (!said.startsWith('{')) throw new Error(`The callers failed:\n${said}`);
  return JSON.parse(said) as HerdFigures;
}

function herdTable(results: readonly [string, Round][]): string {
  const head = ['origin', 'origin calls', 'answered 200', 'with data', 'p50 ms', 'p99 ms', 'slowest ms', 'outcomes'];
  const rows = results.map(([name, { originCalls, answered, withData, p50Ms, p99Ms, slowestMs, outcomes }]) => {
    const spelt = Object.entries(outcomes).map(([word, count]) => `${word}: ${count}`);
    const counts = [originCalls, answered, withData, p50Ms, p99Ms, slowestMs].map(whole);
    return [name, ...counts, spelt.join(', ')];
  });
  return table([head, ...rows]);
}
