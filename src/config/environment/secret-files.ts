import { closeSync, fstatSync, openSync, readSync, constants } from 'node:fs';
import { ENVIRONMENT, quoted, type Problem } from '../config-error.js';
import { fileProblem } from '../file-problem.js';
import { fileVariable, readVariable, UNREAD, type Env } from './variables.js';

/** The largest file of a secret, in bytes. A certificate chain has a few thousand. */
const MAX_BYTES = 65_536;

export interface SecretFilesReading {
  /** The variables, and the contents of the files under the names of their secrets. */
  readonly env: Env;
  readonly problems: readonly Problem[];
}

/**
 * Reads the secrets that the environment gives as files: `KEY_SECRET_FILE` names the file of
 * `KEY_SECRET`. Docker and Kubernetes mount secrets in this way.
 *
 * Guarantees: only the files of these names are opened, each once. A problem names the variable and
 * the path, and never a part of the content. A bad file causes one problem: the secret then has the
 * value `UNREAD`, which no check reports again.
 *
 * @param names the variables that may be given as a file
 */
export function readSecretFiles(env: Env, names: Iterable<string>): SecretFilesReading {
  const found: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const name of new Set(names)) {
    const key = fileVariable(name);
    const path = readVariable(env, key);
    if (path === undefined) continue;
    const reading =
      readVariable(env, name) === undefined ? readSecret(path) : new Refused(`must not be set together with ${name}`);
    found[name] = reading instanceof Refused ? UNREAD : reading;
    if (reading instanceof Refused)
      problems.push({ source: ENVIRONMENT, key, value: quoted(path), message: reading.message });
  }
  return { env: { ...env, ...found }, problems };
}

class Refused {
  constructor(readonly message: string) {}
}

function readSecret(path: string): string | Refused {
  let bytes: Buffer | Refused;
  try {
    bytes = readBytes(path);
  } catch (error) {
    return new Refused(`cannot be read: ${fileProblem(error)}`);
  }
  return bytes instanceof Refused ? bytes : decoded(bytes);
}

/** Opens without a wait: a pipe without a writer would keep the start waiting. */
function readBytes(path: string): Buffer | Refused {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(file);
    if (status.isDirectory()) return new Refused('cannot be read: it is a directory');
    if (!status.isFile()) return new Refused('cannot be read: it is no regular file');
    // The size that the file system reports may be wrong.
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(file, bytes, length, bytes.length - length, null);
    return length > MAX_BYTES ? new Refused(`is too large; allowed: ${MAX_BYTES} bytes`) : bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

/** Cuts one line break at the end, because editors and `echo` add it. */
function decoded(bytes: Buffer): string | Refused {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '');
  } catch {
    return new Refused('is not UTF-8 text');
  }
  return text === '' ? new Refused('is empty') : text;
}
