import { randomUUID } from 'node:crypto';
import { lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CANNOT_CREATE, CommandFailure } from './command.js';

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/**
 * Writes files into a directory, which is made where only it is missing. All texts are on the disk before the first file gets its name, so
 * a full disk changes nothing, and nobody ever reads half a file. What else is in the directory is left alone, also under a name of theirs:
 * files alone are replaced.
 *
 * @throws {CommandFailure}
 */
export async function writeFiles(directory: string, files: readonly NamedText[]): Promise<void> {
  const suffix = `.${randomUUID()}.part`;
  const unfinished = files.map(({ name }) => join(directory, name + suffix));
  try {
    await present(directory);
    for (const { name } of files) await replaceable(join(directory, name));
    for (const [at, { text }] of files.entries()) await writeFile(unfinished[at] ?? '', text, { flag: 'wx' });
    for (const [at, { name }] of files.entries()) await rename(unfinished[at] ?? '', join(directory, name));
  } catch (error) {
    await Promise.all(unfinished.map((path) => rm(path, { force: true }).catch(() => undefined)));
    throw new CommandFailure(CANNOT_CREATE, `cannot write to ${directory}: ${reasonOf(error)}`);
  }
}

/** Not with its parents: a misspelt path would be made, and Node's own way never ends where none can be (`/proc`). */
async function present(directory: string): Promise<void> {
  await mkdir(directory).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
}

/** A name that is given takes the place of whatever has it: of `/dev/stdout`, a link to where somebody listens, if that is what was typed. */
async function replaceable(path: string): Promise<void> {
  const taker = await lstat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  });
  if (taker?.isFile() === false) throw new Error(`${path} is there already, and no plain file`);
}

/** The system's word for it, without the path of the unfinished file. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? message : `${code}: ${message.replace(/^\w+: /, '').replace(/, \w+ '.*$/, '')}`;
}
