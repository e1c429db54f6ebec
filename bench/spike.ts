import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crowd } from './spike/crowd.ts';
import { cells, figuresOf, HEAD, type Course } from './spike/figures.ts';
import { picture, type Panel } from './spike/picture.ts';
import { ROWS, type Row } from './spike/rows.ts';
import { watch, type Watched } from './spike/watch.ts';
import type { Bench } from './support/bench.ts';
import { startDatadip, type Datadip } from './support/datadip.ts';
import { freePort } from './support/free-port.ts';
import { startOrigin, type Origin } from './support/origin.ts';
import { BENCH } from './support/places.ts';
import { startRedis } from './support/redis.ts';
import { SERVER_CORE, type Stage } from './support/stage.ts';
import { table } from './support/table.ts';

const SIGMA = 0.2;
/** The maximum of the search, far above every knee, so that only the search finds the knee. */
const CEILING = 400;

/**
 * Sends a spike of different callers to an origin that slows down under load. An oracle gets the
 * same callers at the same time, with an equal origin.
 */
export const spike: Bench = async (stage, { rowSeconds, rows }) => {
  const redis = await startRedis(stage);
  const panels: Panel[] = [];
  const lines: string[][] = [];
  for (const [at, row] of ROWS.entries()) {
    if (rows !== undefined && !row.name.includes(rows)) continue;
    await redis.client.flushall();
    const panel = await runRow(stage, row, { redisUrl: redis.url, forMs: rowSeconds * 1000, suffix: `-${at}` });
    panels.push(panel);
    lines.push(cells(row.name, [figuresOf(panel.ours, panel.oracle, panel.forMs)]));
    console.log(lines.at(-1)?.join(' | '));
  }
  writeFileSync(join(BENCH, 'spike.svg'), picture(panels));
  return `Rows of ${rowSeconds} s.\n\n${table([HEAD, ...lines])}\n\n![The rows](spike.svg)`;
};

interface Setting {
  readonly redisUrl: string;
  readonly forMs: number;
  /** The suffix of all names on the stage. */
  readonly suffix: string;
}

async function runRow(stage: Stage, row: Row, { redisUrl, forMs, suffix }: Setting): Promise<Panel> {
  const origins = [
    await startOrigin(stage, `origin${suffix}`),
    await startOrigin(stage, `origin-of-oracle${suffix}`),
  ] as const;
  const knee = row.knee(0);
  for (const origin of origins) {
    await origin.behave({ latencyMs: row.baseMs, latencySigma: SIGMA, gamma: row.gamma, knee });
  }
  const processes = await startProcesses(stage, row, { originUrl: origins[0].url, redisUrl, suffix });
  const oracle = await startOracle(stage, `oracle${suffix}`, origins[1], knee);
  const seen = origins.map((origin): Watched => ({ looks: [], inFlight: () => origin.inFlight() }));
  const tell = (now: number): Promise<unknown> =>
    Promise.all([oracle.tell(now), ...origins.map((origin) => origin.behave({ knee: now }))]);
  const services = [processes.map(({ url }) => url), [oracle.url]];
  const [fares] = await Promise.all([crowd(row, forMs, services), watch(forMs, row.knee, tell, seen)]);
  for (const { actor } of [...processes, oracle, ...origins]) await actor.stop();
  const course = (at: number): Course => ({ fares: fares[at] ?? [], looks: seen[at]?.looks ?? [] });
  return { name: row.name, ours: course(0), oracle: course(1), forMs };
}

interface ProcessSetting {
  readonly originUrl: string;
  readonly redisUrl: string;
  readonly suffix: string;
}

async function startProcesses(stage: Stage, { processes = 1 }: Row, { suffix, ...urls }: ProcessSetting) {
  const started: Datadip[] = [];
  for (let at = 0; at < processes; at++) {
    const datadip = await startDatadip(stage, {
      name: `datadip${suffix}-${at}`,
      ...urls,
      cache: { nearTtlMs: 0 },
      limits: { maxConcurrent: CEILING, adaptive: true },
      screen: true,
      env: { LOG_LEVEL: 'warn', REDIS_TIMEOUT_MS: '500' },
    });
    started.push(datadip);
  }
  return started;
}

async function startOracle(stage: Stage, name: string, origin: Origin, knee: number) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { PORT: `${port}`, ORIGIN_URL: origin.url, KNEE: `${knee}` };
  const args = [join(BENCH, 'peer-oracle.ts')];
  const actor = stage.start({ name, core: SERVER_CORE, command: process.execPath, args, env });
  const tell = (now: number): Promise<unknown> => fetch(`${url}/knee`, { method: 'PUT', body: `${now}` });
  await stage.until(actor, () => tell(knee));
  return { url, actor, tell };
}
