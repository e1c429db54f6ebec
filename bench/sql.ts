import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { aniOf, ask } from './support/ask.ts';
import type { Bench } from './support/bench.ts';
import { startDatadip } from './support/datadip.ts';
import { fixed, median } from './support/numbers.ts';
import { BENCH } from './support/places.ts';
import { startRedis } from './support/redis.ts';
import { LOAD_CORE, type Stage } from './support/stage.ts';
import { table } from './support/table.ts';

const CUSTOMERS = 100_000;
/** The server creates its files and its tables first. */
const STARTS_WITHIN_MS = 120_000;
/** No answer is stored, so every dip asks the database. */
const NOTHING_STAYS = { ttlMs: 1, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0 };
/** Queries and dips alternate in groups, because the speed of a machine changes within seconds. */
const GROUP_MS = 500;
const GROUPS_OF_A_ROUND = 4;

const ROWS = [
  { title: 'by an index', from: 'indexed_customers' },
  { title: 'without an index', from: 'customers' },
];

/** The connections of the driver and of the system, and the most queries at a time. */
const POOL_SIZE = 10;
const AT_A_TIME = [1, POOL_SIZE];

type Ask = (customer: number) => Promise<void>;

/**
 * How long a dip into a table takes, against the same query by the bare driver. A single dip runs
 * at a time, then as many as the pool has connections.
 */
export const sql: Bench = async (stage, { rounds, rows }) => {
  const url = await startDatabase(stage);
  const redis = await startRedis(stage);
  const pool = new pg.Pool({ connectionString: url, max: POOL_SIZE });
  const found: string[][] = [];
  try {
    for (const { title, from } of ROWS.filter((row) => row.title.includes(rows ?? ''))) {
      const select = `select id, first_name, last_name, tier from ${from} where phone =`;
      const dip = await startDips(stage, redis.url, { name: from, url, sql: `${select} {ani} limit 2` });
      const query: Ask = async (n) => {
        const { rowCount } = await pool.query(`${select} $1 limit 2`, [`+${aniOf(n)}`]);
        if (rowCount !== 1) throw new Error(`customer ${n} has ${rowCount} rows`);
      };
      for (const atATime of AT_A_TIME) {
        const [queryMs, dipMs] = await mediansOf(query, dip, rounds, atATime);
        const figures = [queryMs, dipMs, dipMs - queryMs, dipMs / queryMs].map((figure) => fixed(figure));
        found.push([title, String(atATime), ...figures]);
      }
    }
  } finally {
    await pool.end();
  }
  return table([['a query', 'at a time', 'driver, p50 ms', 'dip, p50 ms', 'difference, ms', 'ratio'], ...found]);
};

async function startDips(
  stage: Stage,
  redisUrl: string,
  { name, url, sql }: { readonly name: string; readonly url: string; readonly sql: string },
): Promise<Ask> {
  const fields = { displayName: { type: 'string', from: 'first_name' }, tier: { type: 'string' } };
  const datadip = await startDatadip(stage, {
    ...{ name, redisUrl, cache: NOTHING_STAYS, originUrl: 'http://127.0.0.1:9' },
    system: { type: 'postgres', url, poolSize: POOL_SIZE, timeoutMs: 5000 },
    lookup: { key: [{ input: 'ani', kind: 'phone' }], origin: { system: 'crm', sql }, fields },
  });
  return async (n) => {
    const { cache, body } = await ask(datadip.url, n);
    if (cache !== 'MISS' || !body.includes('"contactFound":true')) throw new Error(`customer ${n}: ${body}`);
  };
}

/** The median times in milliseconds. */
async function mediansOf(
  query: Ask,
  dip: Ask,
  rounds: number,
  atATime: number,
): Promise<[queryMs: number, dipMs: number]> {
  const [queries, dips]: [number[], number[]] = [[], []];
  let customer = 0;
  const loop = async (ask: Ask, times: number[], untilMs: number): Promise<void> => {
    while (performance.now() < untilMs) {
      customer = (customer % CUSTOMERS) + 1;
      const fromMs = performance.now();
      await ask(customer);
      times.push(performance.now() - fromMs);
    }
  };
  const group = async (ask: Ask, times: number[]): Promise<void> => {
    const untilMs = performance.now() + GROUP_MS;
    await Promise.all(Array.from({ length: atATime }, () => loop(ask, times, untilMs)));
  };
  for (let warmUp = 0; warmUp < GROUPS_OF_A_ROUND; warmUp++) await group(dip, []);
  for (let at = 0; at < rounds * GROUPS_OF_A_ROUND; at++) {
    await group(query, queries);
    await group(dip, dips);
  }
  return [median(queries), median(dips)];
}

async function startDatabase(stage: Stage): Promise<string> {
  const program = join(BENCH, 'postgres-server.ts');
  const args = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning', program, `${CUSTOMERS}`];
  const actor = stage.start({ name: 'postgres', core: LOAD_CORE, command: process.execPath, args });
  let url = '';
  await stage.until(
    actor,
    async () => {
      ({ url } = JSON.parse(await readFile(actor.outputFile, 'utf8')) as { url: string });
    },
    STARTS_WITHIN_MS,
  );
  return url;
}
