import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';

/** What a bench cannot do without is not here, and cannot be had: the command ends with code 2, which is no measurement that failed. */
export class CannotMeasure extends Error {}

/** Programs by the Debian package that brings them. */
const PACKAGES = { wrk: 'wrk', 'redis-server': 'redis-server', taskset: 'util-linux', setpriv: 'util-linux' } as const;

type Program = keyof typeof PACKAGES;

const INSTALLS_WITHIN_MS = 5 * 60_000;

/** Where the program is, as the shell would find it. */
export function onPath(program: string): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).concat('/usr/sbin');
  return places.map((place) => join(place, program)).find(isExecutable);
}

/** Of one that was ensured. */
export function pathOf(program: Program): string {
  return onPath(program) ?? program;
}

/** Installs what is missing where that is allowed. @throws {CannotMeasure} saying what to do */
export function ensureTools(): void {
  if (availableParallelism() < 2)
    throw new CannotMeasure('Two cores are needed: one for the server, one for its callers.');
  const missing = missingPackages();
  if (missing.length > 0) install(missing);
  const stillMissing = missingPackages().join(' ');
  if (stillMissing !== '')
    throw new CannotMeasure(`Missing: run "apt-get install ${stillMissing}" as root, or the like.`);
}

function missingPackages(): string[] {
  const missing = Object.entries(PACKAGES).filter(([program]) => onPath(program) === undefined);
  return [...new Set(missing.map(([, name]) => name))];
}

/** Its failure shows in what is missing afterwards. Run level 1: the program is wanted, not the service its package would start. */
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
