import type { NearCacheConfig } from './sections/near-cache.js';
import type { FileConfig } from './sections/file.js';
import type { ForwardProxies } from './sections/forward-proxies.js';
import type { RedisConfig } from './sections/redis.js';
import type { RegionsConfig } from './sections/regions.js';
import type { SecretsConfig } from './sections/secrets.js';
import type { ServerConfig } from './sections/server.js';
import type { TracingConfig } from './sections/tracing.js';

/**
 * The settings of one deployment: the environment and the declaration file, read once, checked
 * together and frozen. Only `config/` reads `process.env`. `ConfigModule` provides each section
 * under the token next to its interface.
 */
export interface Config extends ServerConfig, SecretsConfig, FileConfig {
  /** `undefined` means that entries live in this process only. */
  readonly redis: RedisConfig | undefined;
  readonly near: NearCacheConfig;
  readonly proxies: ForwardProxies;
  /** `undefined` means that tracing is off. */
  readonly tracing: TracingConfig | undefined;
  /** `undefined` means a single region. */
  readonly regions: RegionsConfig | undefined;
  /** `true`: the file has a section `regions`, and KAFKA_BROKERS is not set. */
  readonly ignoresRegions: boolean;
}
