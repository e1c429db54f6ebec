import { statSync } from 'node:fs';
import type { Datadip } from './datadip.ts';
import type { Origin } from './origin.ts';
import type { BenchRedis } from './redis.ts';
import { cpuTime } from './wrk.ts';

/** All counters of the programs since their start. */
export interface Counters {
  readonly atMs: number;
  /** Processor time of both processes, and of Redis, in microseconds. */
  readonly datadipUs: number;
  readonly redisUs: number;
  readonly commands: number;
  readonly redisNetBytes: number;
  readonly logBytes: number;
  readonly originCalls: number;
}

export type Figure = Exclude<keyof Counters, 'atMs'>;

export interface Programs {
  readonly processes: readonly Datadip[];
  readonly redis: BenchRedis;
  readonly origin: Origin;
}

/** Returns how much the counters grow while `work` runs. */
export async function between(programs: Programs, work: () => Promise<unknown>): Promise<Counters> {
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
export async function usedByRedis({ client }: BenchRedis): Promise<number> {
  return Number(/^used_memory_dataset:(\d+)/m.exec(await client.info('memory'))?.[1]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
