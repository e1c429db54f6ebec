import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { API_KEY } from './declaration.ts';
import { BENCH } from './places.ts';
import { LOAD_CORE } from './stage.ts';
import { pathOf } from './tools.ts';

const run = promisify(execFile);

/** Keep-alive connections, as a platform with one gateway keeps open. */
const CONNECTIONS = 64;

export interface Target {
  readonly url: string;
  readonly pid: number;
  /** A lookup as a POST or a GET, the composed lookup as a POST, or a claim of an agent. */
  readonly request: 'post' | 'get' | 'whole' | 'claim';
  /** The number of different customers or calls, requested in turn. */
  readonly customers: number;
}

export interface LoadFigures {
  readonly requestsPerS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the server. Other work on the machine affects it less than the clock. */
  readonly cpuUsPerRequest: number;
  /**
   * The part of it outside the kernel. If the callers wait for the server, the kernel wakes them
   * with each answer. This cost says nothing about the server's code.
   */
  readonly userUsPerRequest: number;
  /**
   * The share of time in which the server used its core. A value far below 1 means that it waited
   * for its callers or for another process on its core.
   */
  readonly busy: number;
}

interface Printed {
  readonly durationUs: number;
  readonly requests: number;
  readonly failed: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** @throws if a single answer is not 2xx or 3xx, or a connection fails */
export async function load({ url, pid, request, customers }: Target, seconds: number): Promise<LoadFigures> {
  const script = join(BENCH, 'support/wrk.lua');
  const wrk = [
    'wrk',
    '-t1',
    `-c${CONNECTIONS}`,
    `-d${seconds}s`,
    '-s',
    script,
    url,
    '--',
    request,
    `${customers}`,
    API_KEY,
  ];
  const before = await cpuTime(pid);
  const { stdout } = await run(pathOf('setpriv'), ['--pdeathsig', 'KILL', 'taskset', '-c', `${LOAD_CORE}`, ...wrk]);
  const after = await cpuTime(pid);
  const userUs = after.userUs - before.userUs;
  const usedUs = userUs + after.systemUs - before.systemUs;
  const { durationUs, requests, failed, p50Us, p99Us } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Printed;
  if (failed > 0) throw new Error(`${failed} of ${requests} requests failed:\n${stdout}`);
  return {
    requestsPerS: requests / (durationUs / 1e6),
    p50Ms: p50Us / 1000,
    p99Ms: p99Us / 1000,
    cpuUsPerRequest: usedUs / requests,
    userUsPerRequest: userUs / requests,
    busy: usedUs / durationUs,
  };
}

/** The time of all threads. The kernel counts in hundredths of a second. */
export async function cpuTime(pid: number): Promise<{ userUs: number; systemUs: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { userUs: Number(fields[11]) * 10_000, systemUs: Number(fields[12]) * 10_000 };
}
