import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { pathOf } from './tools.ts';

/** What figures mean nothing without. */
export function machine(): string {
  const redis = /v=(\S+)/.exec(execFileSync(pathOf('redis-server'), ['--version'], { encoding: 'utf8' }))?.[1] ?? '?';
  const cpu = `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
  return `${cpu}, Node ${process.versions.node}, Redis ${redis}`;
}

/** Processes that wanted a core in the last minute, before this bench wanted any: with more than 0.3 or so, read ratios only. */
export function otherWork(): string {
  return `load average ${(loadavg()[0] ?? 0).toFixed(1)} before`;
}
