/** Injection tokens of the sections of `Config`. Each comment names the type of the value. */

/** `ServerConfig` */
export const SERVER_CONFIG = Symbol('server config');
/** `string`: the name of the region that this process serves. */
export const REGION = Symbol('region');
/** `SecretsConfig` */
export const SECRETS = Symbol('secrets');
/** `RedisConfig | undefined`. `undefined` means that entries live in this process only. */
export const REDIS_CONFIG = Symbol('redis config');
/** `NearConfig` */
export const NEAR_CACHE_CONFIG = Symbol('near cache config');
/** `ReadonlyMap<string, SystemConfig>`: the declared systems of record, by name. */
export const SYSTEMS = Symbol('systems');
/** `ReadonlyMap<string, LookupConfig>`: the declared lookups, by name. */
export const LOOKUPS = Symbol('lookups');
/** `ReadonlyMap<string, CallerConfig>`: the declared callers, by name. */
export const CALLERS = Symbol('callers');
/** `AgentsConfig` */
export const AGENTS_CONFIG = Symbol('agents config');
