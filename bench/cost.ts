import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ask, warmFrom } from './support/ask.ts';
import type { Bench } from './support/bench.ts';
import { CentreAgents } from './support/centre-agents.ts';
import { between, usedByRedis, type Counters, type Figure, type Programs } from './support/counters.ts';
import { startDatadip, type Datadip } from './support/datadip.ts';
import { API_KEY } from './support/declaration.ts';
import { fixed, megabytes, whole } from './support/numbers.ts';
import { startOrigin } from './support/origin.ts';
import { startRedis } from './support/redis.ts';
import { steadily } from './support/steadily.ts';
import { table } from './support/table.ts';

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
/** Makes the kernel forget the peak of a process's memory: `man 5 proc`. */
const RESET_PEAK = '5';
/** Longer than a call of `CentreAgents`, so that calls also end in the measured time. */
const UNTIL_STEADY_S = 20;
const MEASURED_S = 90;
const HOUR_S = 3600;

interface Outcomes {
  hits: number;
  misses: number;
}

/**
 * Measures the cost of an hour of a centre with 500 agents at its peak: two processes, one Redis,
 * one origin. The entries of an hour and the agents are stored first. Then the processes are idle
 * for `IDLE_S`. Then the traffic runs at its real pace for `MEASURED_S`. The figures are multiplied
 * to an hour.
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
  const empty = await usedByRedis(redis);
  console.log(`  storing ${STORED} entries`);
  // Each process loads its half and hits it, so the code of misses and hits is compiled in both.
  for (const [at, { url }] of processes.entries()) await warmFrom(url, at * HALF + 1, (at + 1) * HALF);
  const stored = await usedByRedis(redis);
  const agents = new CentreAgents(processes.map(({ url }) => url));
  await untilAdded(agents);
  const withAgents = await usedByRedis(redis);
  console.log(`  idle for ${IDLE_S} s`);
  const idle = await between(programs, () => delay(IDLE_S * 1000));
  for (const { actor } of processes) writeFileSync(`/proc/${actor.pid}/clear_refs`, RESET_PEAK);
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
    row('commands of Redis with those inside scripts, thousands', 'commands', 1e3, 1),
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
