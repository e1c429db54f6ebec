import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from './config.js';
import { ConfigError, ENVIRONMENT, quoted, type Problem } from './config-error.js';
import { ENVIRONMENT_VARIABLES, readEnvironment } from './environment/read-environment.js';
import { readSecretFiles } from './environment/secret-files.js';
import { fileVariable, isDevelopment, readVariable, type Env } from './environment/variables.js';
import { readDeclarations } from './read-declarations.js';
import type { Surroundings } from './sections/check-context.js';
import { fileConfig, type DeclaredFile, type EnvironmentOf } from './sections/file.js';
import { regionsConfig } from './sections/regions-schema.js';
import { GENESYS_VARIABLES } from './sections/genesys-environment.js';
import { placeholderNames } from './yaml/placeholders.js';
import { fileBytes } from './yaml/yaml-file.js';

export interface LoadOptions {
  /**
   * The sandbox that runs already. The sandbox stands in for the CRM and for Genesys Cloud, unless
   * the environment names these systems.
   */
  readonly sandbox?: { readonly url: string };
}

/** The client that the sandbox accepts. No other system accepts it. */
const SANDBOX_CLIENT = { GENESYS_CLIENT_ID: 'sandbox-client', GENESYS_CLIENT_SECRET: 'sandbox-secret' };

/** The discard port: no service listens there. */
const NO_SANDBOX = { sandbox: { url: 'http://127.0.0.1:9' } };

interface FileReading {
  readonly declared: DeclaredFile | undefined;
  readonly environmentOf: EnvironmentOf;
  readonly problems: readonly Problem[];
}

const BUNDLED_FILE = fileURLToPath(new URL('./bundled/sandbox.yaml', import.meta.url));

/**
 * Reads the environment and the declaration file, once.
 *
 * Guarantees: the returned configuration passed every check and is frozen. An error holds all
 * problems at once, each with its place, and no secret.
 *
 * Does not guarantee: that an address answers, or that an expression finds a value.
 *
 * @throws {ConfigError} and no other error
 */
export function loadConfig(env: Env, options: LoadOptions = {}): Config {
  const named = readVariable(env, 'DATADIP_CONFIG');
  const file = resolve(named ?? BUNDLED_FILE);
  const bytes = fileBytes(file);
  const secrets = readSecretFiles(env, mayBeFiles(bytes));
  const variables = withSandbox(secrets.env, options);
  const { environment, genesys, problems } = readEnvironment(variables, options.sandbox !== undefined);
  const reading = readFile(named, file, bytes, variables, {
    mode: environment.mode,
    region: environment.region,
    usesKafka: environment.kafka !== undefined,
    genesys,
  });
  const all = [...secrets.problems, ...problems, ...reading.problems];
  if (all.length > 0 || reading.declared === undefined) throw new ConfigError([...all, ...unnamedMode(env)]);
  const sandbox = options.sandbox !== undefined || sandboxWanted(env);
  const { kafka, ...settings } = environment;
  const sections = fileConfig(reading.declared, genesys, reading.environmentOf);
  const { regions: section } = reading.declared;
  const regions = kafka === undefined ? undefined : regionsConfig(section, sections.tenants, kafka, environment.region);
  const ignoresRegions = kafka === undefined && section !== undefined;
  return deepFreeze({ ...settings, file, sandbox, ...sections, regions, ignoresRegions });
}

/**
 * Reads the configuration that a service would start with in this environment. A placeholder stands
 * for the address of the sandbox, which does not run. The result is good for commands that call no
 * system.
 *
 * @throws {ConfigError} and no other error
 */
export function plannedConfig(env: Env): Config {
  return loadConfig(env, sandboxWanted(env) ? NO_SANDBOX : {});
}

/**
 * Whether this process starts its own sandbox. An unknown word starts none: `loadConfig` reports
 * it. `CRM_BASE_URL` counts as configuration, because the bundled file needs no other variable.
 */
export function sandboxWanted(env: Env): boolean {
  const word = readVariable(env, 'SANDBOX') ?? 'auto';
  const names = ['DATADIP_CONFIG', 'CRM_BASE_URL', fileVariable('CRM_BASE_URL')];
  const isConfigured = names.some((name) => readVariable(env, name) !== undefined);
  return word === 'on' || (word === 'auto' && !isConfigured && isDevelopment(env));
}

/** Explains to a developer why the rules of production apply. */
function unnamedMode(env: Env): Problem[] {
  const word = readVariable(env, 'NODE_ENV');
  if (word === 'production' || word === 'development') return [];
  const value = word === undefined ? {} : { value: quoted(word) };
  const message = 'is not development, so the rules of production apply; allowed: production, development';
  return [{ source: ENVIRONMENT, key: 'NODE_ENV', ...value, message }];
}

/** Fills the variables of the CRM and of Genesys Cloud with the sandbox, unless they are set. */
function withSandbox(env: Env, { sandbox }: LoadOptions): Env {
  if (sandbox === undefined) return env;
  const namesGenesys = GENESYS_VARIABLES.some(({ name }) => readVariable(env, name) !== undefined);
  const client = { GENESYS_LOGIN_URL: sandbox.url, GENESYS_API_URL: sandbox.url, ...SANDBOX_CLIENT };
  return { ...env, ...(namesGenesys ? {} : client), CRM_BASE_URL: readVariable(env, 'CRM_BASE_URL') ?? sandbox.url };
}

/** Secrets, and whatever the file takes from the environment. */
function mayBeFiles(bytes: Buffer | string): string[] {
  const secrets = ENVIRONMENT_VARIABLES.filter(({ isSecret }) => isSecret).map(({ name }) => name);
  return [...secrets, ...(typeof bytes === 'string' ? [] : placeholderNames(bytes.toString('utf8')))];
}

function readFile(
  named: string | undefined,
  file: string,
  bytes: Buffer | string,
  env: Env,
  surroundings: Surroundings,
): FileReading {
  if (typeof bytes === 'string')
    return { declared: undefined, environmentOf: () => [], problems: [unreadableFile(named, file, bytes)] };
  const { problems, ...reading } = readDeclarations(bytes, env, surroundings);
  return { ...reading, problems: problems.map((problem) => ({ source: named ?? file, ...problem })) };
}

/** Blames the variable that names the file, because the operator has to change the variable. */
function unreadableFile(named: string | undefined, file: string, reason: string): Problem {
  const message = `cannot be read: ${reason}`;
  if (named === undefined) return { source: file, key: '', message };
  return { source: ENVIRONMENT, key: 'DATADIP_CONFIG', value: quoted(named), message: `${message} (${file})` };
}

/**
 * Freezes a value and everything in it. A map is read-only by its type, so its values are frozen.
 */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  const parts: unknown[] = value instanceof Map ? [...value.values()] : Object.values(value);
  parts.forEach(deepFreeze);
  return Object.freeze(value);
}
