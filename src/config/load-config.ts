import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from './config.js';
import { ConfigError, ENVIRONMENT, type Problem } from './config-error.js';
import { assemble } from './internal/assemble.js';
import { readDeclarations } from './internal/declarations.js';
import { deepFreeze } from './internal/deep-freeze.js';
import { given, type Env } from './internal/env.js';
import { readEnvironment, type Surroundings } from './internal/environment.js';
import type { Declared } from './internal/file-schema.js';
import { GENESYS_VARIABLES } from './internal/genesys-environment.js';
import { quoted } from './internal/secrecy.js';
import { fileBytes } from './internal/yaml-file.js';
import { sandboxWanted } from './sandbox-wanted.js';

export interface LoadOptions {
  /** The stand-in systems that run already. The file's `${CRM_BASE_URL}` is their address, unless the environment names another. */
  readonly sandbox?: { readonly url: string };
}

/** The client the sandbox knows; worth nothing anywhere else. */
const SANDBOX_CLIENT = { GENESYS_CLIENT_ID: 'sandbox-client', GENESYS_CLIENT_SECRET: 'sandbox-secret' };

interface FileReading {
  readonly declared: Declared | undefined;
  readonly problems: readonly Problem[];
}

const BUNDLED_FILE = fileURLToPath(new URL('./bundled/sandbox.yaml', import.meta.url));

/**
 * Reads the environment and the file it names, once.
 *
 * Promised: what is returned has passed every check and cannot be changed; what is wrong is reported all at once, each with its place,
 * and never with a secret.
 * Not promised: that any address answers, or that an expression finds anything.
 *
 * @throws {ConfigError} and nothing else
 */
export function loadConfig(env: Env, options: LoadOptions = {}): Config {
  const names = namesIn(env, options);
  const { environment, genesys, problems } = readEnvironment(names, options.sandbox !== undefined);
  const named = given(env, 'DATADIP_CONFIG');
  const file = resolve(named ?? BUNDLED_FILE);
  const reading = readFile(named, file, names, { mode: environment.mode, genesys });
  const all = [...problems, ...reading.problems];
  if (all.length > 0 || reading.declared === undefined) throw new ConfigError(all);
  const sandbox = options.sandbox !== undefined || sandboxWanted(env);
  return deepFreeze({ ...environment, file, sandbox, ...assemble(reading.declared, genesys) });
}

/** The sandbox stands in for what the environment does not name: the CRM, and Genesys Cloud with a client of its own. */
function namesIn(env: Env, { sandbox }: LoadOptions): Env {
  if (sandbox === undefined) return env;
  const named = GENESYS_VARIABLES.some((name) => given(env, name) !== undefined);
  const genesys = named ? {} : { GENESYS_LOGIN_URL: sandbox.url, GENESYS_API_URL: sandbox.url, ...SANDBOX_CLIENT };
  return { ...env, ...genesys, CRM_BASE_URL: given(env, 'CRM_BASE_URL') ?? sandbox.url };
}

function readFile(named: string | undefined, file: string, env: Env, surroundings: Surroundings): FileReading {
  const bytes = fileBytes(file);
  if (typeof bytes === 'string') return { declared: undefined, problems: [unreadable(named, file, bytes)] };
  const { declared, problems } = readDeclarations(bytes, env, surroundings);
  return { declared, problems: problems.map((problem) => ({ source: named ?? file, ...problem })) };
}

/** The variable is at fault, not the file: it is what one has to mend. */
function unreadable(named: string | undefined, file: string, why: string): Problem {
  if (named === undefined) return { source: file, key: '', message: `cannot be read: ${why}` };
  return {
    source: ENVIRONMENT,
    key: 'DATADIP_CONFIG',
    value: quoted(named),
    message: `cannot be read: ${why} (${file})`,
  };
}
