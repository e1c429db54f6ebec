import type { Config, NearConfig, RedisConfig } from '../config.js';
import type { Problem } from '../config-error.js';
import { readCorsOrigins } from './cors-origins.js';
import type { Env } from './env.js';
import { readGenesys, type GenesysEnvironment } from './genesys-environment.js';
import { readRedisUrls } from './redis-urls.js';
import { readValueKeys } from './value-keys.js';
import { Variables } from './variables.js';

/** What the environment alone decides. */
interface Environment {
  readonly mode: Config['mode'];
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly deadlineMs: number;
  readonly logLevel: string;
  readonly keySecret: string;
  readonly valueKeys: Config['valueKeys'];
  readonly corsOrigins: Config['corsOrigins'];
  readonly redis: RedisConfig | undefined;
  readonly near: NearConfig;
  readonly maxInFlight: number;
  readonly warmUp: boolean;
}

/** How the process is run, as far as the file is read in its light. */
export interface Surroundings {
  readonly mode: Config['mode'];
  readonly genesys: GenesysEnvironment;
}

export interface EnvironmentReading {
  /** With the default wherever a value was bad, so that the file can be read in its light all the same. */
  readonly environment: Environment;
  readonly genesys: GenesysEnvironment;
  readonly problems: readonly Problem[];
}

/** Keys the hashes of a development store, and so is worth nothing as a secret: production refuses it. */
const DEVELOPMENT_KEY_SECRET = 'datadip-development-only';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export function readEnvironment(env: Env, sandboxRuns: boolean): EnvironmentReading {
  const variables = new Variables(env);
  const isProduction = variables.text('NODE_ENV') === 'production';
  checkSandbox(variables, isProduction, sandboxRuns);
  const environment: Environment = {
    mode: isProduction ? 'production' : 'development',
    host: variables.textLike('HOST', /^[A-Za-z0-9._:%-]+$/, '0.0.0.0', 'must be an address or a host name'),
    port: variables.whole('PORT', 0, 65_535, 3000),
    region: variables.textLike(
      'REGION',
      /^[A-Za-z0-9_-]{1,32}$/,
      'local',
      'must be at most 32 letters, digits, `_` or `-`',
    ),
    deadlineMs: variables.whole('DEADLINE_MS', 100, 30_000, 2500, ' of milliseconds'),
    logLevel: variables.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    keySecret: readKeySecret(variables, isProduction),
    valueKeys: readValueKeys(variables),
    corsOrigins: readCorsOrigins(variables),
    redis: readRedis(variables, isProduction),
    near: readNear(variables),
    maxInFlight: variables.whole('MAX_IN_FLIGHT', 1, 1_000_000, 10_000),
    warmUp: variables.oneOf('WARM_UP', ['on', 'off'], 'on') === 'on',
  };
  return { environment, genesys: readGenesys(variables), problems: variables.problems };
}

function readRedis(variables: Variables, isProduction: boolean): RedisConfig | undefined {
  const urls = readRedisUrls(variables, isProduction);
  const timeoutMs = variables.whole('REDIS_TIMEOUT_MS', 1, 1000, 50, ' of milliseconds');
  return urls.length === 0 ? undefined : { urls, timeoutMs };
}

function readNear(variables: Variables): NearConfig {
  return {
    maxEntries: variables.whole('NEAR_MAX_ENTRIES', 0, 10_000_000, 100_000),
    maxBytes: variables.whole('NEAR_MAX_BYTES', 0, Number.MAX_SAFE_INTEGER, 64 * 1024 * 1024, ' of bytes'),
  };
}

function readKeySecret(variables: Variables, isProduction: boolean): string {
  const secret = variables.text('KEY_SECRET');
  const complaint = isProduction ? weakness(secret) : undefined;
  if (complaint !== undefined) variables.refuse('KEY_SECRET', complaint);
  return secret ?? DEVELOPMENT_KEY_SECRET;
}

function weakness(secret: string | undefined): string | undefined {
  if (secret === undefined || secret.trim() === '') return 'required in production';
  return secret === DEVELOPMENT_KEY_SECRET ? 'must not be the development value in production' : undefined;
}

/** In the sandbox anybody may ask without credentials. */
function checkSandbox(variables: Variables, isProduction: boolean, sandboxRuns: boolean): void {
  const word = variables.oneOf('SANDBOX', ['on', 'off', 'auto'], 'auto');
  if (isProduction && (word === 'on' || sandboxRuns)) variables.refuse('SANDBOX', 'does not run in production');
}
