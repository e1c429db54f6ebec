import { setTimeout as delay } from 'node:timers/promises';
import type { BenchOptions } from './bench.ts';
import { CpuMeter } from './cpu-meter.ts';
import { fixed, median, whole } from './numbers.ts';
import { behind, sendEvents } from './region-programs.ts';
import type { BenchRegion, Regions } from './region-stage.ts';
import type { Stage } from './stage.ts';
import { table } from './table.ts';

const STEADY_RATES: readonly number[] = [1000, 2000, 5000];
const SHORT_RUN_S = 15;
const LONG_RUN_S = 60;
const CATCHES_UP_WITHIN_MS = 30_000;
const SCRAPES_EVERY_MS = 1000;
/** The most records of heartbeats on their way in a region that has caught up. */
const CAUGHT_UP = 50;

/**
 * Looks whether the regions fall behind at a rate of events, and how much processor time an event
 * costs. On a machine with few cores, all regions together need more than it has.
 */
export async function steadiness({ stage, started }: Regions, { seconds }: BenchOptions): Promise<string> {
  const rows: string[][] = [];
  for (const perS of STEADY_RATES) {
    const isLast = perS === STEADY_RATES.at(-1);
    const lastsS = seconds < 4 ? 5 : isLast ? LONG_RUN_S : SHORT_RUN_S;
    rows.push(await steadyRow(stage, started, perS, lastsS));
    await caughtUp(started);
  }
  const head = ['events/s wanted', 'seconds', 'accepted/s', 'failed', 'behind, middle third', 'behind, last third'];
  const costs = ['visible p99 ms', 'CPU µs/event where accepted', 'CPU µs/event elsewhere'];
  return `"Behind" is outbox and lag of the worst region, in records:\n\n${table([[...head, ...costs], ...rows])}`;
}

async function steadyRow(stage: Stage, started: Regions['started'], perS: number, lastsS: number): Promise<string[]> {
  const [us, ...others] = started;
  const cpu = new CpuMeter(started.map(({ datadip }) => datadip.actor.pid));
  await cpu.begin();
  const running = sendEvents(stage, `steady-${perS}`, us, others, perS, lastsS);
  const samples: number[] = [];
  const ended = new AbortController();
  const watching = (async () => {
    while (!ended.signal.aborted) {
      samples.push(await mostBehind(started));
      await delay(SCRAPES_EVERY_MS);
    }
  })();
  const { acceptedPerS, failed, p99Ms } = await running.finally(() => ended.abort());
  await watching;
  const [own = Number.NaN, ...remote] = await cpu.usedUs();
  const events = perS * lastsS;
  const third = Math.ceil(samples.length / 3);
  const [early, late] = [median(samples.slice(third, 2 * third)), median(samples.slice(2 * third))];
  const counts = [perS, lastsS, acceptedPerS, failed, early, late].map(whole);
  return [...counts, fixed(p99Ms), whole(own / events), whole(median(remote) / events)];
}

/** The rows must not harm each other. */
async function caughtUp(started: readonly BenchRegion[]): Promise<void> {
  const untilMs = performance.now() + CATCHES_UP_WITHIN_MS;
  while ((await mostBehind(started)) > CAUGHT_UP && performance.now() < untilMs) await delay(SCRAPES_EVERY_MS);
}

async function mostBehind(started: readonly BenchRegion[]): Promise<number> {
  return Math.max(...(await Promise.all(started.map(({ datadip }) => behind(datadip)))));
}
