import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { FORWARD_PROXIES, type ForwardProxies } from '../config/sections/forward-proxies.js';
import {
  ownSystemName,
  type SystemAuth,
  type SystemConfig,
  SYSTEMS,
} from '../config/sections/systems/system-config.js';
import type { Logger } from 'pino';
import { Clock } from '../kernel/clock.js';
import { HealthContributors, type HealthContribution } from '../platform/lifecycle/health-contributors.js';
import { LOGGER } from '../platform/logging/logger.token.js';
import { OriginMetrics } from './origin.metrics.js';
import { OriginBudgetFactory } from './admission/origin-budget-factory.js';
import type { AuthStrategy } from './auth/auth-strategy.js';
import { StaticAuth } from './auth/static-auth.js';
import { TokenAuth } from './auth/token-auth.js';
import { TokenSources } from './auth/token-sources.js';
import { HttpDriver } from './http/http-driver.js';
import { systemRoute } from './http/route.js';
import { OriginClient } from './origin-client.js';
import { OriginHealth } from './origin-health.js';
import { SqlDriver } from './sql/sql-driver.js';

export interface SystemReachability {
  readonly system: string;
  readonly reachable: boolean;
  /** How long it took to open a connection. Missing when no connection could be opened. */
  readonly connectMs?: number;
}

/** The connections of a tenant's own system stay open for this time after its last call. */
const OWN_STAYS_WARM_MS = 3_600_000;

/**
 * The systems of record, and the tenants' own systems.
 *
 * Guarantees:
 * - Each system has its own budget: gates, a concurrency limit and circuits. Systems with the same
 *   platform client share rate limits and pauses. All other systems share nothing.
 * - A tenant's own system shares nothing with a system of another tenant, whatever their
 *   declarations have in common. An own system has its own connections, token, budget and health.
 * - A tenant's own system costs nothing before its first call: neither a connection nor a token.
 */
@Injectable()
export class Origins implements OnModuleDestroy {
  private readonly opened = new Map<string, OriginClient>();
  private readonly hasOwn: boolean;

  constructor(
    @Inject(SYSTEMS) private readonly systems: ReadonlyMap<string, SystemConfig>,
    private readonly tokens: TokenSources,
    private readonly budgets: OriginBudgetFactory,
    private readonly clock: Clock,
    private readonly metrics: OriginMetrics,
    @Inject(LOGGER) private readonly log: Logger,
    @Inject(FORWARD_PROXIES) private readonly proxies: ForwardProxies,
    private readonly health: HealthContributors,
  ) {
    for (const { name, tenant } of systems.values()) if (tenant === undefined) this.named(name);
    this.hasOwn = systems.size > this.opened.size;
    metrics.readCircuits(() => this.all.map(({ name, isCircuitOpen }) => [name, isCircuitOpen]));
    metrics.readPauses(() => this.all.map(({ name, isPaused }) => [name, isPaused]));
    metrics.readLimits(() => this.all.map(({ name, limit }) => [name, limit]));
  }

  /** The shared systems, and the tenants' own systems that were called. */
  get all(): readonly OriginClient[] {
    return [...this.opened.values()];
  }

  /** The systems whose connections stay open while no caller needs them. */
  get warm(): readonly OriginClient[] {
    return this.all.filter((origin) => this.isShared(origin) || origin.idleMs < OWN_STAYS_WARM_MS);
  }

  /**
   * The system that a tenant's calls go to: its own, or else the shared one.
   *
   * @throws {RangeError} for a name that is not configured; the configuration checks the names that
   *   it uses
   */
  get(system: string, tenant: string): OriginClient {
    const own = this.hasOwn ? ownSystemName(system, tenant) : system;
    return this.named(this.systems.has(own) ? own : system);
  }

  /** @param name the name of a shared system, or of a tenant's own system */
  named(name: string): OriginClient {
    return this.opened.get(name) ?? this.open(name);
  }

  /** Tries the shared systems. Any caller may ask, so no tenant's own system is listed. */
  reachability(): Promise<SystemReachability[]> {
    const shared = this.all.filter((origin) => this.isShared(origin));
    return Promise.all(shared.map((origin) => this.dial(origin)));
  }

  onModuleDestroy(): void {
    for (const origin of this.all) origin.close();
  }

  private async dial({ name, driver }: OriginClient): Promise<SystemReachability> {
    const startedAtMs = this.clock.nowMs();
    try {
      await driver.dial();
      return { system: name, reachable: true, connectMs: Math.round(this.clock.nowMs() - startedAtMs) };
    } catch {
      return { system: name, reachable: false };
    }
  }

  private isShared({ name }: OriginClient): boolean {
    return this.systems.get(name)?.tenant === undefined;
  }

  private open(name: string): OriginClient {
    const system = this.systems.get(name);
    if (system === undefined) throw new RangeError(`no system is called ${name}`);
    const origin = this.create(system);
    this.opened.set(name, origin);
    this.health.add(() => healthOf(origin));
    return origin;
  }

  private create(system: SystemConfig): OriginClient {
    const { name, auth, timeoutMs } = system;
    const { clock, metrics } = this;
    return new OriginClient({
      name,
      timeoutMs,
      driver:
        system.type === 'http'
          ? new HttpDriver(system, systemRoute(system, this.proxies), clock, metrics)
          : new SqlDriver(system, clock, metrics),
      auth: createAuth(name, auth, this.tokens),
      budget: this.budgets.create(system),
      health: new OriginHealth(name, clock, this.log),
      clock,
    });
  }
}

function healthOf({ name, trouble }: OriginClient): HealthContribution {
  return { name: `origin ${name}`, healthy: trouble === undefined, details: trouble ?? {} };
}

function createAuth(system: string, auth: SystemAuth, tokens: TokenSources): AuthStrategy {
  switch (auth.type) {
    case 'none':
    case 'bearer':
    case 'basic':
    case 'header':
    case 'query':
      return new StaticAuth(auth);
    case 'genesys':
    case 'cxone':
      return new TokenAuth(() => tokens.get(system));
    case 'oauth2':
      return new TokenAuth(() => tokens.get(system), auth.scheme);
  }
}
