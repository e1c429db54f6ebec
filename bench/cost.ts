import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ask, warmFrom } from './support/ask.ts';
import type { Bench } from './support/bench.ts';
import { CentreAgents } from './support/centre-agents.ts';
import { startDatadip, type Datadip } from './support/datadip.ts';
import { API_KEY } from './support/declaration.ts';
import { fixed, megabytes, whole } from './support/numbers.ts';
import { startOrigin, type Origin } from './support/origin.ts';
import { startRedis, type BenchRedis } from './support/redis.ts';
import { steadily } from './support/steadily.ts';
import { table } from './support/table.ts';
import { cpuTime } from './support/wrk.ts';

const AGENTS = 500;
/** Of the whole centre, over both processes. */
const PER_MINUTE = { dips: 3000, calls: 100, invalidations: 60 } as const;
/** Of five dips, two are about a customer without an entry. The other three hit. */
const MISSES_OF_FIVE = 2;
/** Customers with an entry before the load: those that an hour at the peak leaves in Redis. */
const STORED = PER_MINUTE.dips * 60 * (MISSES_OF_FIVE / 5);
/** Invalidations are about these customers, so the dips of others keep their share of hits. */
const INVALIDATED = 2000;
/** Each of the two processes stores half of them. */
const HALF = STORED / 2;
const IDLE_S = 40;
/** Longer than a call of `CentreAgents`, so that calls also end in the measured time. */
const UNTIL_STEADY_S = 20;
const MEASURED_S = 90;
const HOUR_S = 3600;

/** All counters of the programs since their start. */
interface Counters {
  readonly atMs: number;
  /** Processor time of both processes, and of Redis, in microseconds. */
  readonly datadipUs: number;
  readonly redisUs: number;
  readonly commands: number;
  readonly redisNetBytes: number;
  readonly logBytes: number;
  readonly originCalls: number;
}

type Figure = Exclude<keyof Counters, 'atMs'>;

interface Programs {
  readonly processes: readonly Datadip[];
  readonly redis: BenchRedis;
  readonly origin: Origin;
}

interface Outcomes {
  hits: number;
  misses: number;
}

/**
 * Measures the cost of an hour of a centre with 500 agents at its peak: two processes, one Redis,
 * one origin. The entries of an hour are stored first. Then the traffic runs at its real pace for
 * `MEASURED_S`, and the figures are multiplied to an hour.
 */
export const cost: Bench = async (stage) => {
  const redis = await startRedis(stage);
  const origin = await startOrigin(stage);
  const settings = { originUrl: origin.url, redisUrl: redis.url, cache: { nearTtlMs: 1000 } };
  const processes = [
    await startDatadip(stage, { ...settings, name: 'datadip-a' }),
    await startDatadip(stage, { ...settings, name: 'datadip-b' }),
  ];
  const programs: Programs = { processes, redis, origin };
  console.log(`  idle for ${IDLE_S} s`);
  const idle = await between(programs, () => delay(IDLE_S * 1000));
  const empty = await usedByRedis(redis);
  console.log(`  storing ${STORED} entries`);
  // Each process loads its half and hits it, so the code of misses and hits is compiled in both.
  for (const [at, { url }] of processes.entries()) await warmFrom(url, at * HALF + 1, (at + 1) * HALF);
  const stored = await usedByRedis(redis);
  const agents = new CentreAgents(processes.map(({ url }) => url));
  await untilAdded(agents);
  const withAgents = await usedByRedis(redis);
  console.log(`  traffic for ${UNTIL_STEADY_S + MEASURED_S} s`);
  const outcomes = { hits: 0, misses: 0 };
  const [peak] = await Promise.all([
    delay(UNTIL_STEADY_S * 1000).then(() => between(programs, () => delay(MEASURED_S * 1000))),
    traffic(processes, agents, outcomes),
  ]);
  return [
    described(outcomes),
    perHour(idle, peak),
    await memoryOf(programs, { entries: stored - empty, agents: withAgents - stored }),
  ].join('\n\n');
};

/** The load before may have made a read of Redis time out. Reports may be repeated. */
async function untilAdded(agents: CentreAgents): Promise<void> {
  for (let left = 10; ; left--) {
    try {
      await agents.add(AGENTS);
      return;
    } catch (error) {
      if (left === 0) throw error;
      await delay(1000);
    }
  }
}

async function dip(processes: readonly Datadip[], n: number, turn: number): Promise<string | undefined> {
  const to = processes[turn % processes.length];
  if (to === undefined) throw new Error('no process');
  const { status, cache } = await ask(to.url, n);
  if (status !== 200) throw new Error(`a dip was answered with ${status}`);
  return cache;
}

/** Resolves when the last request and the last call are over. */
async function traffic(processes: readonly Datadip[], agents: CentreAgents, outcomes: Outcomes): Promise<void> {
  let fresh = STORED;
  const oneDip = async (n: number): Promise<void> => {
    const isMiss = n % 5 < MISSES_OF_FIVE;
    // A prime step visits the stored customers without an order that the near cache could hold.
    const customer = isMiss ? ++fresh : INVALIDATED + 1 + ((n * 7919) % (STORED - INVALIDATED));
    const cache = await dip(processes, customer, n);
    if (cache === 'HIT') outcomes.hits++;
    else outcomes.misses++;
  };
  const seconds = UNTIL_STEADY_S + MEASURED_S;
  await Promise.all([
    steadily(PER_MINUTE.dips, seconds, oneDip),
    steadily(PER_MINUTE.calls, seconds, (n) => agents.call(n)),
    steadily(PER_MINUTE.invalidations, seconds, (n) => invalidate(processes[n % processes.length], n + 1)),
  ]);
}

async function invalidate(to: Datadip | undefined, n: number): Promise<void> {
  const headers = { 'content-type': 'application/json', 'x-api-key': API_KEY };
  const body = JSON.stringify({ customerId: `c-${n}`, tenantId: '10001', eventId: crypto.randomUUID() });
  const { ok, status } = await fetch(`${to?.url}/webhook/customer-updated`, { method: 'POST', headers, body });
  if (!ok) throw new Error(`an invalidation was answered with ${status}`);
}

/** What the programs count while `work` runs. */
async function between(programs: Programs, work: () => Promise<unknown>): Promise<Counters> {
  const before = await counters(programs);
  await work();
  const after = await counters(programs);
  const figures = Object.entries(after).map(([name, value]) => [name, value - before[name as keyof Counters]]);
  return Object.fromEntries(figures) as Counters;
}

async function counters({ processes, redis, origin }: Programs): Promise<Counters> {
  const stats = await redis.client.info('stats');
  const total = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(stats)?.[1]);
  return {
    atMs: performance.now(),
    datadipUs: sum(await Promise.all(processes.map(({ actor }) => usedUs(actor.pid)))),
    redisUs: await usedUs(await redisPid(redis)),
    commands: total('total_commands_processed'),
    redisNetBytes: total('total_net_input_bytes') + total('total_net_output_bytes'),
    logBytes: sum(processes.map(({ actor }) => statSync(actor.outputFile).size)),
    originCalls: await origin.calls(),
  };
}

async function usedUs(pid: number): Promise<number> {
  const { userUs, systemUs } = await cpuTime(pid);
  return userUs + systemUs;
}

async function redisPid({ client }: BenchRedis): Promise<number> {
  return Number(/^process_id:(\d+)/m.exec(await client.info('server'))?.[1]);
}

/** The memory of the data in Redis, without the memory of its connections. */
async function usedByRedis({ client }: BenchRedis): Promise<number> {
  return Number(/^used_memory_dataset:(\d+)/m.exec(await client.info('memory'))?.[1]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function described({ hits, misses }: Outcomes): string {
  const { dips, calls, invalidations } = PER_MINUTE;
  const share = `${whole((100 * hits) / (hits + misses))} % of ${whole(hits + misses)} dips were hits`;
  const traffic = `${whole(dips)} dips, ${calls} calls with a claim and ${invalidations} invalidations a minute`;
  return `${AGENTS} agents, two processes; ${traffic}; ${share}. Measured for ${MEASURED_S} s, idle for ${IDLE_S} s.`;
}

function perHour(idle: Counters, peak: Counters): string {
  const inAnHour = (found: Counters, figure: Figure): number => (found[figure] / found.atMs) * 1000 * HOUR_S;
  const row = (name: string, figure: Figure, unit: number, digits: number): string[] => {
    const [without, at] = [inAnHour(idle, figure) / unit, inAnHour(peak, figure) / unit];
    const perThousand = (at - without) / ((PER_MINUTE.dips * 60) / 1000);
    return [name, ...[without, at].map((value) => fixed(value, digits)), fixed(perThousand, digits + 2)];
  };
  return table([
    ['in an hour', 'idle', 'at the peak', 'more per 1,000 dips'],
    row('processor seconds of both processes', 'datadipUs', 1e6, 1),
    row('processor seconds of Redis', 'redisUs', 1e6, 1),
    row('commands of Redis, thousands, with those inside scripts', 'commands', 1e3, 1),
    row('network of Redis, both directions, MB', 'redisNetBytes', 1e6, 1),
    row('log, both processes, MB', 'logBytes', 1e6, 1),
    row('calls of the origin, thousands', 'originCalls', 1e3, 1),
  ]);
}

async function memoryOf({ processes }: Programs, redis: { entries: number; agents: number }): Promise<string> {
  const rows = await Promise.all(
    processes.map(async ({ actor }, at) => {
      const status = await readFile(`/proc/${actor.pid}/status`, 'utf8');
      const bytes = (name: string): number =>
        Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
      return [
        `process ${at + 1}: at the end, and at most`,
        `${megabytes(bytes('VmRSS'))}, ${megabytes(bytes('VmHWM'))}`,
      ];
    }),
  );
  return table([
    ['memory', 'bytes'],
    ...rows,
    [
      `Redis: ${whole(STORED)} entries of an hour`,
      `${megabytes(redis.entries)}, ${whole(redis.entries / STORED)} each`,
    ],
    [`Redis: ${AGENTS} agents in a queue`, `${megabytes(redis.agents)}, ${whole(redis.agents / AGENTS)} each`],
  ]);
}
