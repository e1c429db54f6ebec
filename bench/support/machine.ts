import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { pathOf } from './tools.ts';

/** The machine and the versions, without which figures have no meaning. */
export function machine(): string {
  const redis = /v=(\S+)/.exec(execFileSync(pathOf('redis-server'), ['--version'], { encoding: 'utf8' }))?.[1] ?? '?';
  const cpu = `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
  return `${cpu}, Node ${process.versions.node}, Redis ${redis}`;
}

/** The load average before the bench starts. Above about 0.3 only the ratios have a meaning. */
export function otherWork(): string {
  return `load average ${(loadavg()[0] ?? 0).toFixed(1)} before`;
}
