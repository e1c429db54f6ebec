import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { aniOf } from './support/ask.ts';
import type { Bench } from './support/bench.ts';
import { datadipPart } from './support/datadip.ts';
import { API_KEY } from './support/declaration.ts';
import { freePort } from './support/free-port.ts';
import { fixed, megabytes, median, whole } from './support/numbers.ts';
import { startOrigin } from './support/origin.ts';
import { BENCH } from './support/places.ts';
import { startRedis } from './support/redis.ts';
import { SERVER_CORE, type Actor, type Part, type Stage } from './support/stage.ts';
import { table } from './support/table.ts';

const STARTS = 10;
const READY_WITHIN_MS = 60_000;
/** The pause between two probes: it bounds the error of a start's time. */
const PROBE_EVERY_MS = 3;
/** After these dips of other customers, dips count as warm, and `WARM_DIPS` are timed. */
const DIPS_UNTIL_WARM = 400;
const WARM_DIPS = 51;

interface Start {
  readonly liveMs: number;
  readonly readyMs: number;
  readonly cpuMs: number;
  readonly rss: number;
  readonly firstDipMs?: number;
  readonly warmDipMs?: number;
}

interface Row {
  readonly name: string;
  readonly part: (port: number) => Part;
  readonly dips: boolean;
}

/**
 * Measures the time from the start of a process to the first 200 of `/health/ready`. Each of ten
 * rounds starts every row once, so that a change of the machine's speed affects all rows. The first
 * round only warms up the file system and is not counted.
 *
 * All dips are misses of different customers, each on a new connection.
 */
export const coldStart: Bench = async (stage, { rows: only }) => {
  const redis = await startRedis(stage);
  const origin = await startOrigin(stage);
  const rows: Row[] = [
    { name: 'bare Nest', part: bareNest, dips: false },
    { name: 'Datadip with Redis', part: datadip(stage, { originUrl: origin.url, redisUrl: redis.url }), dips: true },
    { name: 'Datadip without Redis', part: datadip(stage, { originUrl: origin.url, redisUrl: '' }), dips: true },
  ].filter(({ name, dips }) => !dips || name.includes(only ?? ''));
  const starts = new Map<Row, Start[]>(rows.map((row) => [row, []]));
  for (let round = 0; round <= STARTS; round++) {
    for (const row of rows) {
      await redis.client.flushall();
      const start = await measured(stage, row, round);
      if (round > 0) starts.get(row)?.push(start);
    }
    console.log(`  round ${round} of ${STARTS}`);
  }
  return results(starts);
};

function bareNest(port: number): Part {
  const args = [join(BENCH, 'peer-nest.js')];
  return { name: 'bare-nest', core: SERVER_CORE, command: process.execPath, args, env: { PORT: `${port}` } };
}

function datadip(stage: Stage, urls: { readonly originUrl: string; readonly redisUrl: string }) {
  return (port: number): Part => datadipPart(stage, urls, port);
}

async function measured(stage: Stage, { name, part, dips }: Row, round: number): Promise<Start> {
  const port = await freePort();
  const planned = part(port);
  const startedAtMs = performance.now();
  const actor = stage.start({ ...planned, name: `${planned.name}-${name.replaceAll(' ', '-')}-${round}` });
  const url = `http://127.0.0.1:${port}`;
  try {
    const liveMs = await untilAnswered(actor, `${url}/health/live`, startedAtMs, (status) => status !== 0);
    const readyMs = await untilAnswered(actor, `${url}/health/ready`, startedAtMs, (status) => status === 200);
    const atReady = { liveMs, readyMs, rss: rssOf(actor), cpuMs: cpuMsOf(actor) };
    return dips ? { ...atReady, ...(await timedDips(url)) } : atReady;
  } finally {
    await actor.stop();
  }
}

async function untilAnswered(
  actor: Actor,
  url: string,
  startedAtMs: number,
  isAwaited: (status: number) => boolean,
): Promise<number> {
  for (;;) {
    const status = await send(url, 'GET').catch(() => 0);
    const passedMs = performance.now() - startedAtMs;
    if (isAwaited(status)) return passedMs;
    if (!actor.running || passedMs > READY_WITHIN_MS)
      throw new Error(`a process did not start:\n${readFileSync(actor.outputFile, 'utf8').slice(-2000)}`);
    await delay(PROBE_EVERY_MS);
  }
}

async function timedDips(url: string): Promise<Pick<Start, 'firstDipMs' | 'warmDipMs'>> {
  let customer = 1;
  const timed = async (): Promise<number> => {
    const fromMs = performance.now();
    const status = await send(`${url}/lookup/customer`, 'POST', JSON.stringify({ ani: aniOf(customer++) }));
    if (status !== 200) throw new Error(`a dip was answered with ${status}`);
    return performance.now() - fromMs;
  };
  const firstDipMs = await timed();
  for (let n = 0; n < DIPS_UNTIL_WARM; n++) await timed();
  const warm: number[] = [];
  while (warm.length < WARM_DIPS) warm.push(await timed());
  return { firstDipMs, warmDipMs: median(warm) };
}

/** Sends a request on a new connection and returns the status of the whole answer. */
function send(url: string, method: string, body?: string): Promise<number> {
  const headers = { 'x-api-key': API_KEY, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  return new Promise((resolve, reject) => {
    request(url, { agent: false, method, headers }, (response) => {
      response
        .resume()
        .once('end', () => resolve(response.statusCode ?? 0))
        .once('error', reject);
    })
      .once('error', reject)
      .end(body);
  });
}

function rssOf({ pid }: Actor): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** The processor time of a process so far. The kernel counts it in hundredths of a second. */
function cpuMsOf({ pid }: Actor): number {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(afterName[11]) + Number(afterName[12])) * 10;
}

function results(starts: ReadonlyMap<Row, readonly Start[]>): string {
  const of = (row: readonly Start[], figure: keyof Start): number => median(row.map((start) => start[figure] ?? NaN));
  const [bare = []] = starts.values();
  const cells = ([{ name, dips }, row]: readonly [Row, readonly Start[]]): string[] => [
    name,
    whole(of(row, 'liveMs')),
    whole(of(row, 'readyMs')),
    fixed(of(row, 'readyMs') / of(bare, 'readyMs')),
    whole(of(row, 'cpuMs')),
    megabytes(of(row, 'rss')),
    fixed(of(row, 'rss') / of(bare, 'rss')),
    dips ? fixed(of(row, 'firstDipMs')) : '',
    dips ? fixed(of(row, 'warmDipMs')) : '',
    dips ? fixed(median(row.map((start) => (start.firstDipMs ?? NaN) / (start.warmDipMs ?? NaN)))) : '',
  ];
  const title = `Medians of ${STARTS} starts, alternating`;
  const times = ['live, ms', 'ready, ms', 'times bare Nest', 'processor, ms', 'RSS when ready', 'times bare Nest'];
  return table([[title, ...times, 'first dip, ms', 'warm dip, ms', 'times a warm dip'], ...[...starts].map(cells)]);
}
