import { randomUUID } from 'node:crypto';
import { lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CANNOT_CREATE, CommandFailure } from './command.js';

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/**
 * Writes files into a directory, and creates the directory if its parent exists.
 *
 * Guarantees: every text is on the disk before the first file gets its name. So a full disk changes
 * no file, and no reader sees half a file. Only plain files are replaced.
 *
 * Does not guarantee: that all files change together. A reader may see new files next to old ones.
 *
 * @throws {CommandFailure} if the directory cannot be written, or a name belongs to no plain file
 */
export async function writeFiles(directory: string, files: readonly NamedText[]): Promise<void> {
  const suffix = `.${randomUUID()}.part`;
  const unfinished = files.map(({ name }) => join(directory, name + suffix));
  try {
    await ensureDirectory(directory);
    for (const { name } of files) await checkReplaceable(join(directory, name));
    for (const [at, { text }] of files.entries()) await writeFile(unfinished[at] ?? '', text, { flag: 'wx' });
    for (const [at, { name }] of files.entries()) await rename(unfinished[at] ?? '', join(directory, name));
  } catch (error) {
    await Promise.all(unfinished.map((path) => rm(path, { force: true }).catch(() => undefined)));
    throw new CommandFailure(CANNOT_CREATE, `cannot write to ${directory}: ${reasonOf(error)}`);
  }
}

/**
 * Does not create parents: a misspelt path would be created, and Node never returns under `/proc`.
 */
async function ensureDirectory(directory: string): Promise<void> {
  await mkdir(directory).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
}

/**
 * `rename` replaces anything that has the name: without this check, a link or `/dev/stdout` too.
 */
async function checkReplaceable(path: string): Promise<void> {
  const existing = await lstat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  });
  if (existing?.isFile() === false) throw new Error(`${path} exists and is not a plain file`);
}

/** The message of the system, without the path of the unfinished file. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? message : `${code}: ${message.replace(/^\w+: /, '').replace(/, \w+ '.*$/, '')}`;
}
