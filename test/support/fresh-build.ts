import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const BUILDS_WITHIN_MS = 3 * 60_000;
const ALSO_DECIDE_THE_BUILD = ['nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Tests of two processes run the build, and an old one would answer for the code of yesterday. */
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
  return Math.max(...[...files, ...ALSO_DECIDE_THE_BUILD.map((name) => join(ROOT, name))].map(changedMs));
}

/** 0 for a file that is not there. */
function changedMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
