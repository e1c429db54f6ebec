/**
 * Copies what production runs into a folder: the build, `package.json`, and the files of packages
 * that Node may load.
 *
 *   node deploy/image/install.ts <folder>
 *
 * Run it after `npm ci` and `npm run build`. The lock file says which packages production needs.
 * `npm prune --omit=dev` keeps TypeScript, because a package names it as an optional peer.
 */
import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
}

const ROOT = join(import.meta.dirname, '../..');
/**
 * Source maps, declarations, sources of other languages, and texts. Node loads none of them, except
 * the source maps of the bundle with `--enable-source-maps`.
 */
const NEVER_LOADED = /\.(map|[cm]?ts|flow|md|markdown|tsbuildinfo)$/i;
/** Tests of packages, and builds for browsers and for older languages. */
const NEVER_LOADED_FOLDER = /^(tests?|__tests__|bench|benchmarks?|examples?|docs|esm5|esm2015|bundles?|amd)$/;
const CHUNKS = join('dist', 'chunks');
const LICENSE = /^(licen[cs]e|notice|copying)(?!.*\.[cm]?[jt]s$)/i;
/** The package holds four builds of the page. Datadip serves these files. */
const SERVED_OF_SWAGGER =
  /^(swagger-ui\.css|swagger-ui-bundle\.js|favicon-32x32\.png|package\.json|index\.js|absolute-path\.js)$/;

function isNeeded(folder: string, name: string): boolean {
  if (LICENSE.test(name) || folder === CHUNKS) return true;
  return folder.endsWith('node_modules/swagger-ui-dist') ? SERVED_OF_SWAGGER.test(name) : !NEVER_LOADED.test(name);
}

function isSkipped(folder: string): boolean {
  return folder === 'node_modules' || folder === '.compile-cache' || NEVER_LOADED_FOLDER.test(folder);
}

/** Copies a folder without the packages inside: the lock file lists these separately. */
function copy(target: string, folder: string): void {
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !isSkipped(entry.name)) copy(target, path);
    if (entry.isFile() && isNeeded(folder, entry.name)) copyFile(target, path);
  }
}

function copyFile(target: string, path: string): void {
  mkdirSync(dirname(join(target, path)), { recursive: true });
  copyFileSync(join(ROOT, path), join(target, path), constants.COPYFILE_FICLONE);
}

/** A missing optional package is one for another kind of machine. */
function packagesOfProduction(): string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .filter(([path, { optional }]) => optional !== true || existsSync(join(ROOT, path)))
    .map(([path]) => path);
}

const [, , target] = process.argv;
if (target === undefined) throw new Error('usage: node deploy/image/install.ts <folder>');
for (const folder of ['dist', ...packagesOfProduction()]) copy(target, folder);
copyFile(target, 'package.json');
