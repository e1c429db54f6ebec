import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The commands that the tests start, with their Debian packages. */
const PACKAGES = {
  'redis-server': 'redis-server',
  openssl: 'openssl',
  java: 'default-jre-headless',
  mvn: 'maven',
  gcc: 'gcc',
  postgres: 'postgresql',
  mariadbd: 'mariadb-server',
  curl: 'curl',
  'chromium-headless-shell': 'chromium-headless-shell',
  prometheus: 'prometheus',
  promtool: 'prometheus',
} as const;
export type Command = keyof typeof PACKAGES;

/** The services that packages may start although the run level forbids it. */
const SERVICES: readonly (readonly [Command, string])[] = [
  ['redis-server', 'redis-server'],
  ['postgres', 'postgresql'],
  ['mariadbd', 'mariadb'],
  ['prometheus', 'prometheus'],
];

const INSTALLS_WITHIN_MS = 5 * 60_000;
/** The options wait for the package lock and repeat failed downloads. */
const RETRY_OPTIONS = ['-o', 'DPkg::Lock::Timeout=60', '-o', 'Acquire::Retries=3'];

/** Debian keeps the servers of databases off the PATH of most users. The newest is first. */
function debianPlaces(): readonly string[] {
  return ['/usr/sbin', ...versionsIn('/usr/lib/postgresql').map((version) => `/usr/lib/postgresql/${version}/bin`)];
}

function versionsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort((a, b) => Number(b) - Number(a));
  } catch {
    return [];
  }
}

/** Returns the path of the command, as the shell finds it, or where Debian keeps it. */
export function onPath(command: string): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).filter((place) => place !== '');
  return [...places, ...debianPlaces()].map((place) => join(place, command)).find(isExecutable);
}

/**
 * Installs missing commands if this user may install packages. Otherwise the error says in one line
 * which packages to install.
 */
export function ensureCommands(commands: readonly Command[]): void {
  const missing = commands.filter((command) => onPath(command) === undefined);
  if (missing.length === 0) return;
  const administrator = rootPrefix();
  if (administrator === undefined || onPath('apt-get') === undefined) throw new Error(installationHint(missing));
  install(missing, administrator);
  const stillMissing = missing.filter((command) => onPath(command) === undefined);
  if (stillMissing.length > 0) throw new Error(installationHint(stillMissing));
}

/** Returns the prefix that runs a command as root. `undefined` means that this user cannot. */
function rootPrefix(): readonly string[] | undefined {
  if (process.getuid?.() === 0) return [];
  const sudo =
    onPath('sudo') !== undefined && spawnSync('sudo', ['-n', 'true'], { env: process.env, timeout: 5000 }).status === 0;
  return sudo ? ['sudo', '-n'] : undefined;
}

/**
 * Installs the packages. The tests need the program, not the service of the package. Run level 1
 * keeps the package from starting the service, and a started service is stopped.
 */
function install(commands: readonly Command[], administrator: readonly string[]): void {
  const quietly = [...administrator, 'env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1'];
  run([...quietly, 'apt-get', 'update', ...RETRY_OPTIONS]);
  run([...quietly, 'apt-get', 'install', '-y', '--no-install-recommends', ...RETRY_OPTIONS, ...packagesOf(commands)]);
  for (const [command, service] of SERVICES)
    if (commands.includes(command)) run([...administrator, 'service', service, 'stop']);
}

/**
 * Runs a command and ignores its failure: the caller checks for missing commands afterwards. All
 * output goes to the error stream, because a tool may read the standard output.
 */
function run([command = '', ...args]: readonly string[]): void {
  spawnSync(command, args, { env: process.env, stdio: ['ignore', 2, 2], timeout: INSTALLS_WITHIN_MS });
}

function installationHint(missing: readonly Command[]): string {
  const names = missing.join(' and ');
  return `The tests need ${names} on PATH and cannot install it: run "apt-get install ${packagesOf(missing).join(' ')}" as root, or your system's equivalent.`;
}

function packagesOf(commands: readonly Command[]): string[] {
  return [...new Set(commands.map((command) => PACKAGES[command]))];
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
