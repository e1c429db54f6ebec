import { apiUrlOf, loginUrlOf, type GenesysEnvironment } from '../genesys-environment.js';
import type { LimitWindow, SystemConfig } from './system-config.js';
import type { DeclaredSystem } from './system-schema.js';

const DEFAULT_MAX_CONCURRENT = 200;
/** The limit of Genesys Cloud for one client (`client.credentials.token.rate.per.minute`). */
const GENESYS_MAX_PER_MINUTE = 300;

/** Applies the defaults and the environment to a system that passed every check. */
export function systemConfig(name: string, declared: DeclaredSystem, genesys: GenesysEnvironment): SystemConfig {
  const { timeoutMs, charset, limits } = declared;
  const { baseUrl, auth } = addressAndAuth(declared, genesys);
  const { maxConcurrent = DEFAULT_MAX_CONCURRENT, maxPerSecond, adaptive, backgroundShare, queueMs } = limits;
  const maxPerMinute = limits.maxPerMinute ?? (auth.type === 'genesys' ? GENESYS_MAX_PER_MINUTE : undefined);
  const schedule = limits.schedule.map(limitWindow);
  const assembled = { maxConcurrent, maxPerSecond, maxPerMinute, adaptive, backgroundShare, queueMs, schedule };
  return { name, baseUrl, auth, timeoutMs, charset, limits: assembled };
}

function addressAndAuth(
  { baseUrl, auth }: DeclaredSystem,
  genesys: GenesysEnvironment,
): Pick<SystemConfig, 'baseUrl' | 'auth'> {
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
