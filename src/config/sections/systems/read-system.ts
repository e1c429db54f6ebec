import { apiUrlOf, loginUrlOf, type GenesysEnvironment } from '../genesys-environment.js';
import type { DeclaredSqlSystem } from './sql-schema.js';
import type { HttpSystemConfig, LimitWindow, SqlSystemConfig, SystemConfig, SystemLimits } from './system-config.js';
import type { DeclaredHttpSystem, DeclaredSystem } from './system-schema.js';

const DEFAULT_MAX_CONCURRENT = 200;
const DEFAULT_POOL_SIZE = 10;
/** The limit of Genesys Cloud for one client (`client.credentials.token.rate.per.minute`). */
const GENESYS_MAX_PER_MINUTE = 300;

interface SystemSurroundings {
  readonly genesys: GenesysEnvironment;
  /** The values of the environment in `baseUrl`. */
  readonly ofAddress: readonly string[];
}

/** Applies the defaults and the environment to a system that passed every check. */
export function systemConfig(name: string, declared: DeclaredSystem, surroundings: SystemSurroundings): SystemConfig {
  return declared.type === 'http' ? httpSystem(name, declared, surroundings) : sqlSystem(name, declared);
}

function httpSystem(
  name: string,
  declared: DeclaredHttpSystem,
  { genesys, ofAddress }: SystemSurroundings,
): HttpSystemConfig {
  const { type, timeoutMs, charset, traceparent, headers, query, tls, limits } = declared;
  const { baseUrl, auth } = addressAndAuth(declared, genesys);
  const maxPerMinute = auth.type === 'genesys' ? GENESYS_MAX_PER_MINUTE : undefined;
  return {
    type,
    name,
    baseUrl,
    environment: ofAddress,
    auth,
    headers,
    query,
    tls,
    timeoutMs,
    charset,
    traceparent,
    limits: systemLimits(limits, { maxConcurrent: DEFAULT_MAX_CONCURRENT, maxPerMinute }),
  };
}

/**
 * A permit per connection: a call that is admitted never waits for another call's connection.
 */
function sqlSystem(name: string, { limits, tls, ...declared }: DeclaredSqlSystem): SqlSystemConfig {
  const limitsOfDay = [limits, ...limits.schedule].map(({ maxConcurrent = 0 }) => maxConcurrent);
  const poolSize = declared.poolSize ?? (Math.max(...limitsOfDay) || DEFAULT_POOL_SIZE);
  return {
    ...declared,
    name,
    auth: { type: 'none' },
    poolSize,
    tls,
    limits: systemLimits(limits, { maxConcurrent: poolSize, maxPerMinute: undefined }),
  };
}

function systemLimits(
  { maxConcurrent, maxPerSecond, maxPerMinute, adaptive, backgroundShare, queueMs, schedule }: DeclaredSystem['limits'],
  defaults: Pick<SystemLimits, 'maxConcurrent' | 'maxPerMinute'>,
): SystemLimits {
  return {
    maxConcurrent: maxConcurrent ?? defaults.maxConcurrent,
    maxPerSecond,
    maxPerMinute: maxPerMinute ?? defaults.maxPerMinute,
    adaptive,
    backgroundShare,
    queueMs,
    schedule: schedule.map(limitWindow),
  };
}

function addressAndAuth(
  { baseUrl, auth }: DeclaredHttpSystem,
  genesys: GenesysEnvironment,
): Pick<HttpSystemConfig, 'baseUrl' | 'auth'> {
  if (auth.type !== 'genesys') return { baseUrl: checked(baseUrl), auth };
  const { environment, clientId, clientSecret, loginUrl, optional: _optional, ...options } = auth;
  const [ownApi, ownLogin] =
    environment === undefined ? [undefined, undefined] : [apiUrlOf(environment), loginUrlOf(environment)];
  return {
    baseUrl: checked(baseUrl ?? ownApi ?? genesys.apiUrl),
    auth: {
      ...options,
      loginUrl: checked(loginUrl ?? ownLogin ?? genesys.loginUrl),
      clientId: checked(clientId ?? genesys.clientId),
      clientSecret: checked(clientSecret ?? genesys.clientSecret),
    },
  };
}

function checked(text: string | undefined): string {
  if (text === undefined) throw new TypeError('a system is used before its checks');
  return text;
}

function limitWindow({
  cron,
  forMs,
  maxConcurrent,
  maxPerSecond,
}: DeclaredSystem['limits']['schedule'][number]): LimitWindow {
  return { cron, forMs, maxConcurrent, maxPerSecond };
}
