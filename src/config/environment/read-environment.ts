import type { Problem } from '../config-error.js';
import { GENESYS_VARIABLES, readGenesys, type GenesysEnvironment } from '../sections/genesys-environment.js';
import { readKafka, type KafkaConfig } from '../sections/kafka.js';
import { KAFKA_VARIABLES } from '../sections/kafka-variables.js';
import { NEAR_CACHE_VARIABLES, readNearCache, type NearCacheConfig } from '../sections/near-cache.js';
import { PROXY_VARIABLES, readForwardProxies, type ForwardProxies } from '../sections/forward-proxies.js';
import { readRedis, REDIS_VARIABLES, type RedisConfig } from '../sections/redis.js';
import { readSecrets, SECRET_VARIABLES, type SecretsConfig } from '../sections/secrets.js';
import { readServer, SERVER_VARIABLES, type ServerEnvironment } from '../sections/server.js';
import { readTracing, TRACING_VARIABLES, type TracingConfig } from '../sections/tracing.js';
import { isDevelopment, Variables, type Env, type VariableDoc } from './variables.js';

/**
 * Every environment variable of Datadip. `.env.example` names exactly these.
 * The sandbox is a separate app and reads `SANDBOX_HOST` and `SANDBOX_PORT` itself.
 */
export const ENVIRONMENT_VARIABLES: readonly VariableDoc[] = [
  ...SERVER_VARIABLES,
  ...GENESYS_VARIABLES,
  ...SECRET_VARIABLES,
  ...REDIS_VARIABLES,
  ...NEAR_CACHE_VARIABLES,
  ...KAFKA_VARIABLES,
  ...PROXY_VARIABLES,
  ...TRACING_VARIABLES,
];

/** The settings that the environment alone decides. */
interface Environment extends ServerEnvironment, SecretsConfig {
  readonly redis: RedisConfig | undefined;
  readonly near: NearCacheConfig;
  readonly proxies: ForwardProxies;
  /** `undefined` means that tracing is off. */
  readonly tracing: TracingConfig | undefined;
  /** `undefined` means a single region. */
  readonly kafka: KafkaConfig | undefined;
}

export interface EnvironmentReading {
  /** Holds the default for each bad value, so that the file can be checked, too. */
  readonly environment: Environment;
  readonly genesys: GenesysEnvironment;
  readonly problems: readonly Problem[];
}

export function readEnvironment(env: Env, sandboxRuns: boolean): EnvironmentReading {
  const variables = new Variables(env, ENVIRONMENT_VARIABLES);
  const isProduction = !isDevelopment(env);
  const environment: Environment = {
    ...readServer(variables, isProduction, sandboxRuns),
    ...readSecrets(variables, isProduction),
    redis: readRedis(variables, isProduction),
    near: readNearCache(variables),
    proxies: readForwardProxies(variables),
    tracing: readTracing(variables, isProduction),
    kafka: readKafka(variables, isProduction),
  };
  return { environment, genesys: readGenesys(variables), problems: variables.problems };
}
