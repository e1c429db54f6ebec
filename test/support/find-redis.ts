import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The commands the tests start; the Debian packages have the same names. */
export type Command = 'redis-server' | 'openssl';

const INSTALLS_WITHIN_MS = 5 * 60_000;
/** Waits for another installation that holds the package lock, and for a mirror that hiccups. */
const PATIENCE = ['-o', 'DPkg::Lock::Timeout=60', '-o', 'Acquire::Retries=3'];

/** Where the command is, as the shell would find it. */
export function onPath(command: string): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).filter((place) => place !== '');
  return places.map((place) => join(place, command)).find(isExecutable);
}

/** Installs what is missing where that is allowed; otherwise the error says in one line what to do. */
export function ensureCommands(commands: readonly Command[]): void {
  const missing = commands.filter((command) => onPath(command) === undefined);
  if (missing.length === 0) return;
  const administrator = asAdministrator();
  if (administrator === undefined || onPath('apt-get') === undefined) throw new Error(pleaseInstall(missing));
  install(missing, administrator);
  const stillMissing = missing.filter((command) => onPath(command) === undefined);
  if (stillMissing.length > 0) throw new Error(pleaseInstall(stillMissing));
}

/** The words before a command that make it run as root: none for root itself, absent where there is no way. */
function asAdministrator(): readonly string[] | undefined {
  if (process.getuid?.() === 0) return [];
  const sudo =
    onPath('sudo') !== undefined && spawnSync('sudo', ['-n', 'true'], { env: process.env, timeout: 5000 }).status === 0;
  return sudo ? ['sudo', '-n'] : undefined;
}

/**
 * The tests want the program, not the service the package brings: run level 1 keeps its script from starting it, and where it was
 * started all the same it is stopped.
 */
function install(packages: readonly Command[], administrator: readonly string[]): void {
  const quietly = [...administrator, 'env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1'];
  run([...quietly, 'apt-get', 'update', ...PATIENCE]);
  run([...quietly, 'apt-get', 'install', '-y', '--no-install-recommends', ...PATIENCE, ...packages]);
  if (packages.includes('redis-server')) run([...administrator, 'service', 'redis-server', 'stop']);
}

/** Its failure shows in what is missing afterwards. All output goes to the error stream: the other one may be read by a tool. */
function run([command = '', ...args]: readonly string[]): void {
  spawnSync(command, args, { env: process.env, stdio: ['ignore', 2, 2], timeout: INSTALLS_WITHIN_MS });
}

function pleaseInstall(missing: readonly Command[]): string {
  const names = missing.join(' and ');
  return `The tests need ${names} on PATH and cannot install it: run "apt-get install ${missing.join(' ')}" as root, or your system's equivalent.`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
