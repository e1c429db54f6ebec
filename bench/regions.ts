/** This file exceeds 220 lines because its measurements share their regions. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { AckFigures } from './kafka-acks.ts';
import type { PacedFigures } from './paced-callers.ts';
import type { EventFigures } from './region-events.ts';
import { warm, warmFrom } from './support/ask.ts';
import type { Bench, BenchOptions } from './support/bench.ts';
import { startDatadip, type Datadip } from './support/datadip.ts';
import { API_KEY } from './support/declaration.ts';
import { startKafka } from './support/kafka.ts';
import { startNearHits } from './support/near-hits.ts';
import { fixed, median, whole } from './support/numbers.ts';
import { startOrigin } from './support/origin.ts';
import { BENCH } from './support/places.ts';
import { ClaimRounds } from './support/region-claims.ts';
import { startRedis, type BenchRedis } from './support/redis.ts';
import { LOAD_CORE, type Stage } from './support/stage.ts';
import { table } from './support/table.ts';
import { together, type Way } from './support/together.ts';

const NAMES = ['us', 'eu', 'ap'] as const;
const CUSTOMERS = 10_000;
/** An invalidation waits for Kafka, so a rate that one process bears easily shows the latency. */
const INVALIDATIONS_PER_S = 200;
const LONG_RUN_S = 60;
const SCRAPES_EVERY_MS = 1000;

interface BenchRegion {
  readonly name: string;
  readonly redis: BenchRedis;
  readonly datadip: Datadip;
}

/** Three regions on one Kafka, next to a single region without Kafka. */
export const regions: Bench = async (stage, options) => {
  const kafka = await startKafka(stage);
  const origin = await startOrigin(stage);
  const started = await startRegions(stage, kafka, origin.url);
  const single = await startSingle(stage, origin.url);
  await delay(5000);
  const parts = [
    await visibility(stage, started, options),
    await steadiness(stage, started, options),
    await invalidationCost(stage, { regional: started[0].datadip, single, kafka }, options),
    await claimCost({ regional: started[0].datadip, single }, options),
  ];
  for (const { datadip } of started) await datadip.actor.stop();
  await single.actor.stop();
  return [...parts, ...(await hitCost(stage, kafka, origin.url, options))].join('\n\n');
};

async function startRegions(
  stage: Stage,
  kafka: string,
  originUrl: string,
): Promise<[BenchRegion, BenchRegion, BenchRegion]> {
  const start = async (name: string): Promise<BenchRegion> => {
    const redis = await startRedis(stage, `redis-${name}`);
    const env = regionEnv(name, kafka);
    const datadip = await startDatadip(stage, {
      ...{ name: `datadip-${name}`, originUrl, redisUrl: redis.url, cache: { nearTtlMs: 0 } },
      ...{ env, regions: {} },
    });
    return { name, redis, datadip };
  };
  return [await start(NAMES[0]), await start(NAMES[1]), await start(NAMES[2])];
}

async function startSingle(stage: Stage, originUrl: string): Promise<Datadip> {
  const redis = await startRedis(stage, 'redis-single');
  const settings = { name: 'datadip-single', originUrl, redisUrl: redis.url, cache: { nearTtlMs: 0 } };
  return startDatadip(stage, settings);
}

function regionEnv(name: string, kafka: string): Record<string, string> {
  return { REGION: name, KAFKA_BROKERS: kafka };
}

/** Measures how long an event of one region takes to the stores of both others. */
async function visibility(stage: Stage, [us, ...others]: readonly BenchRegion[], { seconds }: BenchOptions) {
  if (us === undefined) throw new Error('no region');
  const rows: string[][] = [];
  for (const perS of [200, 1000]) {
    await sendEvents(stage, `warm-${perS}`, us, others, perS, 2);
    const { acceptedPerS, failed, p50Ms, p99Ms, notSeen } = await sendEvents(
      ...[stage, `events-${perS}`, us, others, perS, Math.max(seconds, 4)],
    );
    rows.push([whole(perS), whole(acceptedPerS), whole(failed + notSeen), fixed(p50Ms), fixed(p99Ms)]);
  }
  const head = ['events/s wanted', 'accepted/s', 'failed or not seen', 'visible in both p50 ms', 'p99 ms'];
  return `An event until it is in the stores of both other regions:\n\n${table([head, ...rows])}`;
}

/** Looks whether the regions fall behind while 5,000 events a second arrive. */
async function steadiness(stage: Stage, started: readonly BenchRegion[], { seconds }: BenchOptions): Promise<string> {
  const [us, ...others] = started;
  if (us === undefined) throw new Error('no region');
  const lastsS = seconds < 4 ? 5 : LONG_RUN_S;
  const running = sendEvents(stage, 'events-5000', us, others, 5000, lastsS);
  const samples: number[] = [];
  const ended = new AbortController();
  const watching = (async () => {
    while (!ended.signal.aborted) {
      samples.push(Math.max(...(await Promise.all(started.map(({ datadip }) => behind(datadip))))));
      await delay(SCRAPES_EVERY_MS);
    }
  })();
  const figures = await running;
  ended.abort();
  await watching;
  const third = Math.ceil(samples.length / 3);
  const [early, late] = [median(samples.slice(third, 2 * third)), median(samples.slice(2 * third))];
  const head = ['seconds', 'accepted/s', 'failed', 'behind, middle third', 'behind, last third', 'visible p99 ms'];
  const { acceptedPerS, failed, p99Ms } = figures;
  const row = [whole(lastsS), whole(acceptedPerS), whole(failed), whole(early), whole(late), fixed(p99Ms)];
  return `5,000 events a second; "behind" is outbox and lag of the worst region, in records:\n\n${table([head, row])}`;
}

/** Compares the 200 of an invalidation with that of a single region, and with Kafka alone. */
async function invalidationCost(
  stage: Stage,
  { regional, single, kafka }: { readonly regional: Datadip; readonly single: Datadip; readonly kafka: string },
  { rounds, seconds }: BenchOptions,
): Promise<string> {
  const found: Record<'single' | 'regional' | 'kafka', AckFigures[]> = { single: [], regional: [], kafka: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const [name, { url, port }] of Object.entries({ single, regional })) {
      await warmFrom(url, 1, INVALIDATIONS_PER_S * seconds);
      const args = ['event', port, API_KEY, INVALIDATIONS_PER_S, seconds, 1, INVALIDATIONS_PER_S * seconds];
      const figures = await program<PacedFigures>(stage, `inv-${name}-${round}`, 'paced-callers.ts', args);
      if (round > 0) found[name as 'single' | 'regional'].push(figures);
    }
    const acks = [kafka, INVALIDATIONS_PER_S / 2, seconds];
    const figures = await program<AckFigures>(stage, `acks-${round}`, 'kafka-acks.ts', acks);
    if (round > 0) found.kafka.push(figures);
  }
  const rows = Object.entries(found).map(([name, figures]) => [
    name,
    fixed(median(figures.map(({ p50Ms }) => p50Ms))),
    fixed(median(figures.map(({ p99Ms }) => p99Ms))),
  ]);
  const p99 = (name: keyof typeof found): number => median(found[name].map(({ p99Ms }) => p99Ms));
  const more = fixed(p99('regional') - p99('single') - p99('kafka'));
  const head = ['200 of an invalidation', 'p50 ms', 'p99 ms'];
  return `${table([head, ...rows])}\n\np99 above the single region and Kafka's acknowledgement: **${more} ms**.`;
}

async function claimCost(
  { regional, single }: { readonly regional: Datadip; readonly single: Datadip },
  { rounds }: BenchOptions,
): Promise<string> {
  const [ours, theirs] = [new ClaimRounds(regional), new ClaimRounds(single)];
  await Promise.all([ours.prepare(), theirs.prepare()]);
  const ratios: number[] = [];
  const medians: number[][] = [];
  for (let round = 0; round <= rounds; round++) {
    const isEven = round % 2 === 0;
    const first = await (isEven ? ours : theirs).run();
    const second = await (isEven ? theirs : ours).run();
    const [with3, alone] = isEven ? [first, second] : [second, first];
    if (round === 0) continue;
    ratios.push(with3 / alone);
    medians.push([with3, alone]);
  }
  const of = (at: number): string => fixed(median(medians.map((pair) => pair[at] ?? Number.NaN)));
  const head = ['claim at home, median ms', 'single region, median ms', 'ratio'];
  return table([head, [of(0), of(1), `**${fixed(median(ratios))}**`]]);
}

/** Compares hits with regions on and off, by processor time. */
async function hitCost(stage: Stage, kafka: string, originUrl: string, pace: BenchOptions): Promise<string[]> {
  const redis = await startRedis(stage, 'redis-hits');
  const switches = [
    ['one region', {}],
    ['three regions', { env: regionEnv('hits', kafka), regions: {} }],
  ] as const;
  const [nearOff, nearOn] = switches.map(([name, changes]): Way => {
    const options = { redis, originUrl, customers: CUSTOMERS, forSeconds: 3 * pace.seconds, ...changes };
    return { name, start: (on, id) => startNearHits(on, { ...options, name: id }) };
  });
  const [redisOff, redisOn] = switches.map(([name, changes]): Way => {
    const options = { redisUrl: redis.url, originUrl, cache: { nearTtlMs: 0 }, ...changes };
    const start = async (on: Stage, id: string): Promise<Datadip> => {
      const datadip = await startDatadip(on, { ...options, name: id });
      await warm(datadip.url, CUSTOMERS);
      return datadip;
    };
    return { name, start };
  });
  if (!nearOff || !nearOn || !redisOff || !redisOn) throw new Error('two ways each');
  const round = { ...pace, customers: CUSTOMERS };
  return [
    `Near hits:\n\n${await together(stage, [nearOff, nearOn], round)}`,
    `Redis hits:\n\n${await together(stage, [redisOff, redisOn], round)}`,
  ];
}

/** The records that a region has not sent or not read yet. */
async function behind({ url }: Datadip): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { 'x-api-key': API_KEY } });
  const lines = (await response.text()).matchAll(/^datadip_(?:outbox_events|bus_lag_records)(?:\{[^}]*\})? (\S+)$/gm);
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
}

function sendEvents(
  stage: Stage,
  name: string,
  { datadip }: BenchRegion,
  others: readonly BenchRegion[],
  perS: number,
  seconds: number,
): Promise<EventFigures> {
  const ports = others.map(({ redis }) => new URL(redis.url).port);
  return program(stage, name, 'region-events.ts', [datadip.port, API_KEY, perS, seconds, ...ports]);
}

/** Runs a program of `bench/`, and returns the line of JSON that it prints. */
async function program<T>(stage: Stage, name: string, file: string, args: readonly (string | number)[]): Promise<T> {
  const actor = stage.start({
    name,
    core: LOAD_CORE,
    command: process.execPath,
    args: [join(BENCH, file), ...args.map(String)],
  });
  await actor.exited;
  const said = await readFile(actor.outputFile, 'utf8');
  if (!said.startsWith('{')) throw new Error(`${file} failed:\n${said}`);
  console.log(`  ${name}: ${said.trim()}`);
  return JSON.parse(said) as T;
}
