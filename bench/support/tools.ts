import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';

/**
 * A requirement of the bench is missing. The command ends with code 2, unlike a failed measurement.
 */
export class CannotMeasure extends Error {}

/** The required programs and their Debian packages. */
const PACKAGES = { wrk: 'wrk', 'redis-server': 'redis-server', taskset: 'util-linux', setpriv: 'util-linux' } as const;

type Program = keyof typeof PACKAGES;

const INSTALLS_WITHIN_MS = 5 * 60_000;

/** The path of the program, as the shell finds it. */
export function onPath(program: string): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).concat('/usr/sbin');
  return places.map((place) => join(place, program)).find(isExecutable);
}

/** The path of a required program. */
export function pathOf(program: Program): string {
  return onPath(program) ?? program;
}

/** Installs missing programs if that is allowed. @throws {CannotMeasure} if a program is missing */
export function ensureTools(): void {
  if (availableParallelism() < 2)
    throw new CannotMeasure('one core is not enough; required: 2, for the server and for its callers');
  const missing = missingPackages();
  if (missing.length > 0) install(missing);
  const stillMissing = missingPackages().join(' ');
  if (stillMissing !== '')
    throw new CannotMeasure(`programs are missing; run "apt-get install ${stillMissing}" as root`);
}

function missingPackages(): string[] {
  const missing = Object.entries(PACKAGES).filter(([program]) => onPath(program) === undefined);
  return [...new Set(missing.map(([, name]) => name))];
}

/**
 * A failed installation shows in the programs that are missing afterwards. Run level 1 prevents
 * that a package starts its service.
 */
function install(packages: readonly string[]): void {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n', 'env'];
  const apt = [...asRoot, 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get'];
  for (const action of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    spawnSync('env', [...apt, ...action], { stdio: ['ignore', 2, 2], timeout: INSTALLS_WITHIN_MS });
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
