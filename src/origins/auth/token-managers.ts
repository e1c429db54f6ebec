import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import { FORWARD_PROXIES, type ForwardProxies } from '../../config/sections/forward-proxies.js';
import {
  type HttpSystemConfig,
  type SystemConfig,
  type TokenAuthConfig,
  SYSTEMS,
} from '../../config/sections/systems/system-config.js';
import { Clock } from '../../kernel/clock.js';
import { HealthContributors, type HealthContribution } from '../../platform/lifecycle/health-contributors.js';
import { Lifecycle } from '../../platform/lifecycle/lifecycle.js';
import { LOGGER } from '../../platform/logging/logger.token.js';
import { TokenMetrics } from './token.metrics.js';
import { loginRoute } from '../http/route.js';
import { Origins } from '../origins.js';
import { originClientId } from './client-id.js';
import { LoginClient } from './internal/login-client.js';
import { createLogin, loginAddress } from './internal/logins.js';
import { createPermissionCheck } from './internal/permission-check.js';
import { tokenRequester } from './internal/request-token.js';
import { TokenEventLog, type TokenOwner } from './internal/token-event-log.js';
import { describeFault } from './internal/token-failure.js';
import { TokenManager } from './internal/token-manager.js';
import { TokenSources } from './token-sources.js';

interface TokenSystem extends HttpSystemConfig {
  readonly auth: TokenAuthConfig;
}

type SystemsOfClient = readonly [TokenSystem, ...TokenSystem[]];

interface ManagedClient extends TokenOwner {
  readonly manager: TokenManager;
  /** Whether the process becomes ready only with a token. */
  readonly isRequired: boolean;
}

const MAX_PERMISSIONS_SHOWN = 20;

/**
 * The token managers of this process: one per client of a login, shared by all systems of that
 * client.
 */
@Injectable()
export class TokenManagers implements OnModuleDestroy {
  private readonly clients: ManagedClient[] = [];
  /** The clients of tenants' own systems that were not called yet, by system. */
  private readonly unused = new Map<string, SystemsOfClient>();

  constructor(
    @Inject(SYSTEMS) systems: ReadonlyMap<string, SystemConfig>,
    private readonly origins: Origins,
    private readonly clock: Clock,
    private readonly metrics: TokenMetrics,
    @Inject(LOGGER) private readonly log: Logger,
    @Inject(FORWARD_PROXIES) private readonly proxies: ForwardProxies,
    private readonly sources: TokenSources,
    lifecycle: Lifecycle,
    private readonly health: HealthContributors,
  ) {
    for (const group of groupByClient(systems)) {
      if (isWaitedFor(group)) this.manageFromStart(group, lifecycle);
      else for (const { name } of group) this.unused.set(name, group);
    }
    sources.onFirstUse((system) => this.openUnused(system));
    metrics.readTokens(() => this.clients.map(({ platform, manager }) => ({ platform, ...figuresOf(manager) })));
  }

  refreshIfDue(): void {
    for (const { manager } of this.clients) manager.refreshIfDue();
  }

  onModuleDestroy(): void {
    for (const { manager } of this.clients) manager.close();
  }

  private manageFromStart(group: SystemsOfClient, lifecycle: Lifecycle): void {
    const { manager, systems, isRequired } = this.manage(group);
    lifecycle.beforeReady(contributorName(systems), () => manager.first, isRequired ? 'required' : 'optional');
  }

  private openUnused(system: string): TokenManager | undefined {
    const group = this.unused.get(system);
    if (group === undefined) return undefined;
    for (const { name } of group) this.unused.delete(name);
    return this.manage(group).manager;
  }

  private manage(group: SystemsOfClient): ManagedClient {
    const client = this.create(group);
    const { manager, systems } = client;
    this.clients.push(client);
    for (const name of systems) this.sources.add(name, manager);
    this.health.add(() => healthOf(systems, manager));
    return client;
  }

  private create(group: SystemsOfClient): ManagedClient {
    const [first] = group;
    const owner: TokenOwner = { platform: first.auth.type, systems: group.map(({ name }) => name) };
    const { clock, log, metrics } = this;
    const eventLog = new TokenEventLog(owner, clock, log, metrics);
    const client = new LoginClient(loginRoute(loginAddress(first.auth), first, this.proxies));
    const manager: TokenManager = new TokenManager({
      login: createLogin(first.auth, tokenRequester(client)),
      checkPermissions: createPermissionCheck(
        group.map(({ auth }) => auth),
        { origin: this.origins.named(first.name), clock, onUnknown: () => eventLog.permissionsUnknown() },
      ),
      clock,
      random: Math.random,
      onEvent: (event) => eventLog.record(event, manager.writePermissions),
    });
    return { ...owner, manager, isRequired: group.some(({ auth }) => auth.required) };
  }
}

function groupByClient(systems: ReadonlyMap<string, SystemConfig>): SystemsOfClient[] {
  const groups = new Map<string, [TokenSystem, ...TokenSystem[]]>();
  for (const system of systems.values()) {
    if (!hasLogin(system)) continue;
    const client = clientOf(system);
    const group = groups.get(client);
    if (group === undefined) groups.set(client, [system]);
    else group.push(system);
  }
  return [...groups.values()];
}

/** A tenant's own client waits for its first call: hundreds of logins would delay the start. */
function isWaitedFor(group: SystemsOfClient): boolean {
  return group.some(({ auth, tenant }) => tenant === undefined || auth.required);
}

function hasLogin(system: SystemConfig): system is TokenSystem {
  switch (system.auth.type) {
    case 'genesys':
    case 'cxone':
    case 'oauth2':
      return true;
    case 'none':
    case 'bearer':
    case 'basic':
    case 'header':
    case 'query':
      return false;
  }
}

/** Systems with the same text get the same tokens. The text has secrets, and stays in memory. */
function clientOf(system: TokenSystem): string {
  const { auth, tls, tenant } = system;
  switch (auth.type) {
    case 'genesys':
      return `${originClientId(system) ?? ''} ${auth.clientSecret}`;
    case 'cxone':
      return `${originClientId(system) ?? ''} ${auth.accessKeySecret}`;
    case 'oauth2': {
      const { required: _required, tokenTimeoutMs: _timeoutMs, ...client } = auth;
      return JSON.stringify([client, tls, tenant]);
    }
  }
}

function contributorName(systems: readonly string[]): string {
  return `token ${systems.join(', ')}`;
}

function healthOf(systems: readonly string[], manager: TokenManager): HealthContribution {
  const { state, fault, writePermissions } = manager;
  return {
    name: contributorName(systems),
    healthy: state === 'valid' && writePermissions.length === 0,
    details: {
      state,
      expiresInS: Math.floor(manager.expiresInMs / 1000),
      ...(fault === undefined ? {} : { fault, message: describeFault(fault) }),
      ...(writePermissions.length === 0 ? {} : { tooMuch: writePermissions.slice(0, MAX_PERMISSIONS_SHOWN) }),
    },
  };
}

function figuresOf({ expiresInMs, currentAgeMs }: TokenManager): { expiresInS: number; ageS: number | undefined } {
  return { expiresInS: expiresInMs / 1000, ageS: currentAgeMs === undefined ? undefined : currentAgeMs / 1000 };
}
