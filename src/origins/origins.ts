import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { FORWARD_PROXIES, type ForwardProxies } from '../config/sections/forward-proxies.js';
import { type SystemAuth, type SystemConfig, SYSTEMS } from '../config/sections/systems/system-config.js';
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

/**
 * The systems of record, by name. Each system has its own budget: gates, a concurrency limit and
 * circuits. Systems with the same platform client share rate limits and pauses. All other systems
 * share nothing.
 */
@Injectable()
export class Origins implements OnModuleDestroy {
  readonly all: readonly OriginClient[];
  private readonly byName: ReadonlyMap<string, OriginClient>;

  constructor(
    @Inject(SYSTEMS) systems: ReadonlyMap<string, SystemConfig>,
    private readonly tokens: TokenSources,
    private readonly budgets: OriginBudgetFactory,
    private readonly clock: Clock,
    private readonly metrics: OriginMetrics,
    @Inject(LOGGER) private readonly log: Logger,
    @Inject(FORWARD_PROXIES) private readonly proxies: ForwardProxies,
    health: HealthContributors,
  ) {
    this.all = [...systems.values()].map((system) => this.create(system));
    this.byName = new Map(this.all.map((origin) => [origin.name, origin]));
    for (const origin of this.all) health.add(() => healthOf(origin));
    metrics.readCircuits(() => this.all.map(({ name, isCircuitOpen }) => [name, isCircuitOpen]));
    metrics.readLimits(() => this.all.map(({ name, limit }) => [name, limit]));
  }

  /**
   * @throws {RangeError} for a name that is not configured; the configuration checks the names that
   *   it uses
   */
  get(system: string): OriginClient {
    const origin = this.byName.get(system);
    if (origin === undefined) throw new RangeError(`no system is called ${system}`);
    return origin;
  }

  reachability(): Promise<SystemReachability[]> {
    return Promise.all(this.all.map((origin) => this.dial(origin)));
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
