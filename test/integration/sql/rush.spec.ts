import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { startDatadip, type DatadipProcess } from '../../support/datadip-process.js';
import { eventually } from '../../support/eventually.js';
import { get } from '../../support/http.js';
import { OwnedProcess } from '../../support/owned-process.js';
import { DATABASE_STARTS_WITHIN_MS } from '../../support/postgres-server.js';
import { DATABASES, type TestDatabase } from './databases.js';
import type { RushFigures } from './rush-callers.js';
import { sqlDeclaration } from './stage.js';

const CALLERS = 5000;
const POOL_SIZE = 10;
const DEADLINE_MS = 2500;
const WELL_WITHIN_MS = 2000;
const RUSH_ENDS_WITHIN_MS = 60_000;
const PROGRAM = resolve(import.meta.dirname, 'rush-callers.ts');

/**
 * 5,000 callers with different numbers at the same time, and a table without an index on the
 * number. Service, callers and database are separate processes.
 */
describe.each(DATABASES)('5,000 callers of a lookup on %s', (type, startDatabase) => {
  let database: TestDatabase;
  let datadip: DatadipProcess | undefined;
  let scratch = '';

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'datadip-rush-'));
    database = await startDatabase();
    await database.ask(MANY_CUSTOMERS[type === 'mysql' ? 'mysql' : 'postgres']);
  }, DATABASE_STARTS_WITHIN_MS);
  afterAll(async () => {
    await database.stop();
    await rm(scratch, { recursive: true, force: true });
  });
  afterEach(async () => {
    await datadip?.stop();
    datadip = undefined;
  });

  /** The statement takes 500 ms for a number that has a row. */
  const start = async (): Promise<DatadipProcess> => {
    const pause = type === 'mysql' ? 'sleep(0.5)' : 'cast(pg_sleep(0.5) as text)';
    const sql = `select id, name, ${pause} as pause from callers where phone = {ani}`;
    const yaml = sqlDeclaration(database, { sql, system: { poolSize: POOL_SIZE, timeoutMs: 2000 } });
    return startDatadip({ yaml, env: { DEADLINE_MS: `${DEADLINE_MS}` } });
  };

  it('never run more statements than the pool has connections, and wait no longer than the deadline', async () => {
    const on = (datadip = await start());
    await openAllConnections(on);
    const counts = sampleUntil(() => database.running());
    const waitedBeforeMs = await waitedForProcessorMs(on);
    const figures = await rush(on, scratch);
    const endedAtMs = performance.now();
    const waitedMs = (await waitedForProcessorMs(on)) - waitedBeforeMs;
    await eventually(async () => expect(await answerOf(on, 8000)).toMatchObject({ contactFound: true }));
    const wellAfterMs = performance.now() - endedAtMs;
    const samples = await counts.end();

    expect(Math.max(...samples)).toBe(POOL_SIZE);
    expect(Object.values(figures.outcomes).reduce((sum, count) => sum + count)).toBe(CALLERS);
    expect(Object.keys(figures.outcomes).filter((word) => !word.startsWith('200 '))).toEqual([]);
    expect(figures.outcomes['200 origin']).toBeGreaterThan(0);
    // A machine with too much to do lets the service wait for a processor. That wait has no bound.
    expect(figures.slowestLatencyMs).toBeLessThanOrEqual(DEADLINE_MS + waitedMs);
    expect(wellAfterMs).toBeLessThan(WELL_WITHIN_MS + waitedMs);
  });
});

const PG_COLUMNS = "i as id, '+1555' || (1000000 + i) as phone, 'Name ' || i as name";
const MYSQL_COLUMNS = "seq as id, concat('+1555', 1000000 + seq) as phone, concat('Name ', seq) as name";
const MANY_CUSTOMERS = {
  postgres: `create table callers as select ${PG_COLUMNS} from generate_series(0, 9999) i; grant select on callers to datadip`,
  mysql: `create table callers as select ${MYSQL_COLUMNS} from seq_0_to_9999`,
};

async function rush({ port }: DatadipProcess, scratch: string): Promise<RushFigures> {
  const callers = new OwnedProcess(process.execPath, [PROGRAM, `${port}`, `${CALLERS}`], { scratch, output: 'pipe' });
  const late = setTimeout(() => void callers.kill(), RUSH_ENDS_WITHIN_MS);
  const said = await Promise.all(callers.outputs.map((output) => text(output)));
  clearTimeout(late);
  await callers.exited;
  return JSON.parse(said[0] ?? '') as RushFigures;
}

async function answerOf({ url }: DatadipProcess, caller: number): Promise<Record<string, unknown> | undefined> {
  const { json } = await get(`${url}/lookup/customer?ani=%2B1555${1_000_000 + caller}`);
  return json;
}

/** Calls at the same time let the pool open its connections. */
async function openAllConnections(on: DatadipProcess): Promise<void> {
  let next = 9000;
  await eventually(async () => {
    const answers = await Promise.all(Array.from({ length: POOL_SIZE }, () => answerOf(on, next++)));
    for (const answer of answers) expect(answer).toMatchObject({ contactFound: true });
  });
}

function sampleUntil(sample: () => Promise<number>): { end(): Promise<number[]> } {
  const samples: number[] = [];
  const end = new AbortController();
  const sampling = (async () => {
    while (!end.signal.aborted) samples.push(await sample());
  })();
  return {
    end: async () => {
      end.abort();
      await sampling;
      return samples;
    },
  };
}

/** How long the main thread of a process was ready to run while other processes ran. */
async function waitedForProcessorMs({ pid }: DatadipProcess): Promise<number> {
  const [, waitedNs] = (await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ');
  return Number(waitedNs) / 1e6;
}
