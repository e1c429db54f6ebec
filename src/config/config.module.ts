import { Global, Module, type DynamicModule, type ValueProvider } from '@nestjs/common';
import type { Config } from './config.js';
import { AGENTS_CONFIG } from './sections/agents.js';
import { CALLERS } from './sections/callers.js';
import { FORWARD_PROXIES } from './sections/forward-proxies.js';
import { COMPOSED_LOOKUPS } from './sections/lookups/composed-config.js';
import { LOOKUPS } from './sections/lookups/lookup-config.js';
import { NEAR_CACHE_CONFIG } from './sections/near-cache.js';
import { REDIS_CONFIG } from './sections/redis.js';
import { REGIONS_CONFIG } from './sections/regions.js';
import { SECRETS, type SecretsConfig } from './sections/secrets.js';
import { REGION, SERVER_CONFIG, type ServerConfig } from './sections/server.js';
import { allSystems } from './sections/systems/all-systems.js';
import { SYSTEMS } from './sections/systems/system-config.js';
import { WEBHOOKS } from './sections/webhooks.js';

/**
 * Provides each section of the configuration under its own token, so that a class receives only
 * the section it uses.
 *
 * The module is global because every room reads settings, and a process has one configuration.
 */
@Global()
@Module({})
export class ConfigModule {
  static register(config: Config): DynamicModule {
    const providers: ValueProvider[] = [
      { provide: SERVER_CONFIG, useValue: server(config) },
      { provide: REGION, useValue: config.region },
      { provide: SECRETS, useValue: secrets(config) },
      { provide: REDIS_CONFIG, useValue: config.redis },
      { provide: NEAR_CACHE_CONFIG, useValue: config.near },
      { provide: FORWARD_PROXIES, useValue: config.proxies },
      { provide: REGIONS_CONFIG, useValue: config.regions },
      { provide: SYSTEMS, useValue: allSystems(config) },
      { provide: LOOKUPS, useValue: config.lookups },
      { provide: COMPOSED_LOOKUPS, useValue: config.composedLookups },
      { provide: CALLERS, useValue: config.callers },
      { provide: AGENTS_CONFIG, useValue: config.agents },
      { provide: WEBHOOKS, useValue: config.webhooks },
    ];
    return { module: ConfigModule, providers, exports: providers };
  }
}

function server(config: Config): ServerConfig {
  const { mode, file, host, port, region, deadlineMs, drainDelayMs, logLevel, corsOrigins, sandbox } = config;
  const { maxInFlight, warmUp } = config;
  const process = { mode, file, host, port, region, sandbox, maxInFlight, warmUp };
  return { ...process, deadlineMs, drainDelayMs, logLevel, corsOrigins };
}

function secrets({ keySecret, valueKeys }: Config): SecretsConfig {
  return { keySecret, valueKeys };
}
