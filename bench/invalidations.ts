import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PacedFigures } from './paced-callers.ts';
import { warmFrom } from './support/ask.ts';
import type { Bench } from './support/bench.ts';
import { startDatadip, type Datadip } from './support/datadip.ts';
import { API_KEY } from './support/declaration.ts';
import { fixed, median, whole } from './support/numbers.ts';
import { startOrigin } from './support/origin.ts';
import { BENCH } from './support/places.ts';
import { startRedis } from './support/redis.ts';
import { LOAD_CORE, type Stage } from './support/stage.ts';
import { table } from './support/table.ts';

const READS_PER_S = 1000;
const EVENTS_PER_S = [1000, 2500, 5000] as const;
/**
 * Readers request these customers. Events are about other customers, so that a read stays a hit and
 * only the concurrent work grows.
 */
const READERS = { first: 1, last: 5000 } as const;
const CHANGED_FIRST = 5001;

interface Caller {
  readonly kind: 'dip' | 'event';
  readonly perS: number;
  readonly first: number;
  readonly last: number;
}

interface Round {
  readonly alone: PacedFigures;
  readonly beside: PacedFigures;
  readonly events: PacedFigures;
}

/** Sends invalidations at a steady rate to one process, and measures readers of other customers. */
export const invalidations: Bench = async (stage, { rounds, seconds }) => {
  const redis = await startRedis(stage);
  const origin = await startOrigin(stage);
  const datadip = await startDatadip(stage, { originUrl: origin.url, redisUrl: redis.url, cache: { nearTtlMs: 0 } });
  await warmFrom(datadip.url, READERS.first, READERS.last);
  const rows: string[][] = [];
  for (const perS of EVENTS_PER_S) {
    const found: Round[] = [];
    for (let round = 0; round <= rounds; round++) {
      const result = await oneRound(stage, datadip, `${perS}-${round}`, perS, seconds);
      console.log(`  ${perS}/s, ${round === 0 ? 'warm-up' : `round ${round}`}: ${JSON.stringify(result)}`);
      if (round > 0) found.push(result);
    }
    rows.push(rowOf(perS, found));
  }
  const head = ['events/s wanted', 'acknowledged/s', 'failed', 'event p50 ms', 'event p99 ms'];
  return table([[...head, 'reader p99 ms alone', 'reader p99 ms with events', 'ratio'], ...rows]);
};

async function oneRound(stage: Stage, datadip: Datadip, name: string, perS: number, seconds: number): Promise<Round> {
  const changed = { first: CHANGED_FIRST, last: CHANGED_FIRST + Math.min(perS * seconds, 20_000) - 1 };
  await warmFrom(datadip.url, changed.first, changed.last);
  const reader: Caller = { kind: 'dip', perS: READS_PER_S, ...READERS };
  const alone = await call(stage, datadip, `alone-${name}`, reader, seconds);
  const [beside, events] = await Promise.all([
    call(stage, datadip, `beside-${name}`, reader, seconds),
    call(stage, datadip, `events-${name}`, { kind: 'event', perS, ...changed }, seconds),
  ]);
  return { alone, beside, events };
}

async function call(stage: Stage, { port }: Datadip, name: string, caller: Caller, seconds: number) {
  const { kind, perS, first, last } = caller;
  const actor = stage.start({
    name,
    core: LOAD_CORE,
    command: process.execPath,
    args: [join(BENCH, 'paced-callers.ts'), kind, ...[port, API_KEY, perS, seconds, first, last].map(String)],
  });
  await actor.exited;
  const said = await readFile(actor.outputFile, 'utf8');
  if (!said.startsWith('{')) throw new Error(`The callers failed:\n${said}`);
  return JSON.parse(said) as PacedFigures;
}

function rowOf(perS: number, rounds: readonly Round[]): string[] {
  const of = (figure: (round: Round) => number): number => median(rounds.map(figure));
  return [
    whole(perS),
    whole(of(({ events }) => events.answeredPerS)),
    whole(of(({ events }) => events.failed)),
    fixed(of(({ events }) => events.p50Ms)),
    fixed(of(({ events }) => events.p99Ms)),
    fixed(of(({ alone }) => alone.p99Ms)),
    fixed(of(({ beside }) => beside.p99Ms)),
    `**${fixed(of(({ alone, beside }) => beside.p99Ms / alone.p99Ms))}**`,
  ];
}
