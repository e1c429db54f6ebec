import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { startDatadip, type DatadipProcess } from '../../support/datadip-process.js';
import { eventually } from '../../support/eventually.js';
import { get } from '../../support/http.js';
import { OwnedProcess } from '../../support/owned-process.js';
import { DATABASE_STARTS_WITHIN_MS } from '../../support/postgres-server.js';
import { DATABASES, type TestDatabase } from './databases.js';
import type { RushFigures } from './rush-callers.js';

const CALLERS = 5000;
const POOL_SIZE = 10;
const STATEMENT_S = 0.2;
const DEADLINE_MS = 2500;
const WELL_WITHIN_MS = 2000;
/** A sample opens a connection to the database, and must leave the processor to the rush. */
const SAMPLE_EVERY_MS = 25;
const RUSH_ENDS_WITHIN_MS = 60_000;
const PROGRAM = resolve(import.meta.dirname, 'rush-callers.ts');

/**
 * 5,000 callers with different numbers at the same time, and a table without an index on the
 * number. Service, callers and databases are separate processes. The rushes run one after the other
 * on one service, because its start takes longer than a rush.
 */
describe('5,000 callers of a lookup', () => {
  const databases = new Map<string, TestDatabase>();
  let datadip: DatadipProcess | undefined;
  let scratch = '';

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'datadip-rush-'));
    await Promise.all(
      DATABASES.map(async ([name, startDatabase]) => {
        const database = await startDatabase();
        databases.set(name, database);
        await database.ask(MANY_CUSTOMERS[database.type]);
      }),
    );
    datadip = await startDatadip({ yaml: declared([...databases]), env: { DEADLINE_MS: `${DEADLINE_MS}` } });
  }, DATABASE_STARTS_WITHIN_MS);
  afterAll(async () => {
    await datadip?.stop();
    for (const database of databases.values()) await database.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  it.each(DATABASES)('on %s never run more statements than connections, nor longer than the deadline', async (name) => {
    const [database, on] = [databases.get(name), datadip];
    if (database === undefined || on === undefined) throw new Error('the service has not started');
    await openAllConnections(on, name);
    const counts = sampleUntil(() => database.running());
    const before = await processorOf(on);
    const figures = await rush(on, name, scratch);
    const endedAtMs = performance.now();
    const after = await processorOf(on);
    const [ranMs, waitedMs] = [after.ranMs - before.ranMs, after.waitedMs - before.waitedMs];
    await eventually(async () => expect(await answerOf(on, name, 8000)).toMatchObject({ contactFound: true }));
    const wellAfterMs = performance.now() - endedAtMs;
    const samples = await counts.end();

    expect(Math.max(...samples)).toBe(POOL_SIZE);
    expect(Object.values(figures.outcomes).reduce((sum, count) => sum + count)).toBe(CALLERS);
    expect(Object.keys(figures.outcomes).filter((word) => !word.startsWith('200 '))).toEqual([]);
    expect(figures.outcomes['200 origin']).toBeGreaterThan(0);
    // A machine with too much to do lets the service wait for a processor. That wait has no bound.
    expect(figures.slowestLatencyMs).toBeLessThanOrEqual(DEADLINE_MS + waitedMs);
    // A request also waits in its socket while the service reads the requests before it.
    expect(figures.slowestMs).toBeLessThanOrEqual(DEADLINE_MS + ranMs + waitedMs + figures.stalledMs);
    expect(wellAfterMs).toBeLessThan(WELL_WITHIN_MS + waitedMs);
  });
});

const PG_COLUMNS = "i as id, '+1555' || (1000000 + i) as phone, 'Name ' || i as name";
const MYSQL_COLUMNS = "seq as id, concat('+1555', 1000000 + seq) as phone, concat('Name ', seq) as name";
const MANY_CUSTOMERS = {
  postgres: `create table callers as select ${PG_COLUMNS} from generate_series(0, 9999) i; grant select on callers to datadip`,
  mysql: `create table callers as select ${MYSQL_COLUMNS} from seq_0_to_9999`,
};

/** A lookup and a system for each database. The statement pauses for a number that has a row. */
function declared(databases: readonly (readonly [string, TestDatabase])[]): string {
  const pause = { postgres: `cast(pg_sleep(${STATEMENT_S}) as text)`, mysql: `sleep(${STATEMENT_S})` };
  const lookup = ([name, { type }]: (typeof databases)[number]) => ({
    key: [{ input: 'ani', kind: 'phone' }],
    origin: { system: name, sql: `select id, name, ${pause[type]} as pause from callers where phone = {ani}` },
    fields: { name: { type: 'string' } },
    cache: { ttlMs: 1, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0 },
  });
  const system = { timeoutMs: 2000, poolSize: POOL_SIZE };
  return stringify({
    systems: Object.fromEntries(databases.map(([name, { type, url }]) => [name, { type, url, ...system }])),
    lookups: Object.fromEntries(databases.map((database) => [database[0], lookup(database)])),
  });
}

async function rush({ port }: DatadipProcess, lookup: string, scratch: string): Promise<RushFigures> {
  const callers = new OwnedProcess(process.execPath, [PROGRAM, `${port}`, `${CALLERS}`, lookup], {
    scratch,
    output: 'pipe',
  });
  const late = setTimeout(() => void callers.kill(), RUSH_ENDS_WITHIN_MS);
  const said = await Promise.all(callers.outputs.map((output) => text(output)));
  clearTimeout(late);
  await callers.exited;
  return JSON.parse(said[0] ?? '') as RushFigures;
}

async function answerOf(
  { url }: DatadipProcess,
  lookup: string,
  caller: number,
): Promise<Record<string, unknown> | undefined> {
  const { json } = await get(`${url}/lookup/${lookup}?ani=%2B1555${1_000_000 + caller}`);
  return json;
}

/** Calls at the same time let the pool open its connections. */
async function openAllConnections(on: DatadipProcess, lookup: string): Promise<void> {
  let next = 9000;
  await eventually(async () => {
    const answers = await Promise.all(Array.from({ length: POOL_SIZE }, () => answerOf(on, lookup, next++)));
    for (const answer of answers) expect(answer).toMatchObject({ contactFound: true });
  });
}

function sampleUntil(sample: () => Promise<number>): { end(): Promise<number[]> } {
  const samples: number[] = [];
  const end = new AbortController();
  const sampling = (async () => {
    while (!end.signal.aborted) {
      samples.push(await sample());
      await sleep(SAMPLE_EVERY_MS);
    }
  })();
  return {
    end: async () => {
      end.abort();
      await sampling;
      return samples;
    },
  };
}

interface Processor {
  /** How long the main thread of a process ran. */
  readonly ranMs: number;
  /** How long it was ready to run while other processes ran. */
  readonly waitedMs: number;
}

async function processorOf({ pid }: DatadipProcess): Promise<Processor> {
  const [ranNs, waitedNs] = (await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ');
  return { ranMs: Number(ranNs) / 1e6, waitedMs: Number(waitedNs) / 1e6 };
}
