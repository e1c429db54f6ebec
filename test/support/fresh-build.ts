import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const BUILDS_WITHIN_MS = 3 * 60_000;
const BUILD_SETTINGS = ['nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Builds the product if the build is older than its sources. Tests of processes run the build. */
export function ensureFreshBuild(): void {
  if (changedMs(join(ROOT, 'dist/main.js')) >= newestSourceMs()) return;
  const { status } = spawnSync('npm', ['run', 'build'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    timeout: BUILDS_WITHIN_MS,
  });
  if (status !== 0)
    throw new Error('The build is missing or older than src/, and "npm run build" fails: see its output above.');
}

function newestSourceMs(): number {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true });
  const files = sources.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Math.max(...[...files, ...BUILD_SETTINGS.map((name) => join(ROOT, name))].map(changedMs));
}

/** Returns the modification time of a file. 0 means that the file does not exist. */
function changedMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
