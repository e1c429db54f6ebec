import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from 'pino';
import type { SystemConfig, TokenAuth } from '../../config/config.js';
import { originClientId } from './client-id.js';
import { Clock } from '../../kernel/clock.js';
import { HealthContributors, type HealthContribution } from '../../platform/lifecycle/health-contributors.js';
import { Lifecycle } from '../../platform/lifecycle/lifecycle.js';
import { LOGGER } from '../../platform/logging/logger.token.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { TokenSources } from './token-sources.js';
import { HttpOrigins } from '../http/http-origins.js';
import { OriginBudgets } from '../admission/origin-budgets.js';
import { loginOf } from './internal/logins.js';
import { rightsCheckOf } from './internal/permission-check.js';
import { SYSTEMS } from '../../config/tokens.js';
import { sentenceOf } from './internal/token-failure.js';
import { TokenManager } from './internal/token-manager.js';
import { TokenEventLog, type TokenOwner } from './internal/token-event-log.js';

interface TokenSystem extends SystemConfig {
  readonly auth: TokenAuth;
}

interface Kept extends TokenOwner {
  readonly keeper: TokenManager;
}

/** How often it is looked whether a token is to be replaced. A token lives for seconds at the least. */
const LOOKS_EVERY_MS = 200;
const MOST_RIGHTS_SHOWN = 20;

/** The tokens we show to platforms: one keeper for each client, whichever systems it is for. */
@Injectable()
export class TokenManagers implements OnModuleInit, OnModuleDestroy {
  private readonly kept: readonly Kept[];

  constructor(
    @Inject(SYSTEMS) systems: ReadonlyMap<string, SystemConfig>,
    private readonly upstreams: HttpOrigins,
    private readonly budgets: OriginBudgets,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    @Inject(LOGGER) private readonly log: Logger,
    sources: TokenSources,
    lifecycle: Lifecycle,
    notes: HealthContributors,
  ) {
    this.kept = byClient(systems).map((shared) => this.keep(shared));
    for (const { keeper, systems: names } of this.kept) {
      for (const name of names) sources.add(name, keeper);
      lifecycle.beforeReady(nameOf(names), () => keeper.first, 'required');
      notes.add(() => noteOf(names, keeper));
    }
    metrics.readTokens(() => this.kept.map(({ platform, keeper }) => ({ platform, ...figuresOf(keeper) })));
  }

  onModuleInit(): void {
    this.refreshIfDue();
  }

  @Interval(LOOKS_EVERY_MS)
  refreshIfDue(): void {
    for (const { keeper } of this.kept) keeper.refreshIfDue();
  }

  onModuleDestroy(): void {
    for (const { keeper } of this.kept) keeper.close();
  }

  private keep(shared: readonly [TokenSystem, ...TokenSystem[]]): Kept {
    const [first] = shared;
    const owner: TokenOwner = { platform: first.auth.type, systems: shared.map(({ name }) => name) };
    const { clock, log, metrics } = this;
    const news = new TokenEventLog(owner, clock, log, metrics);
    const through = { upstream: this.upstreams.get(first.name), budget: this.budgets.get(first.name), clock };
    const asked = { ...through, onUntold: () => news.untold() };
    const keeper: TokenManager = new TokenManager({
      login: loginOf(first.auth),
      excess: rightsCheckOf(
        shared.map(({ auth }) => auth),
        asked,
      ),
      clock,
      random: Math.random,
      onChange: (change) => news.tell(change, keeper.excess),
    });
    return { ...owner, keeper };
  }
}

function byClient(systems: ReadonlyMap<string, SystemConfig>): (readonly [TokenSystem, ...TokenSystem[]])[] {
  const clients = new Map<string, [TokenSystem, ...TokenSystem[]]>();
  for (const system of systems.values()) {
    if (!hasClient(system)) continue;
    const client = `${originClientId(system.auth) ?? ''} ${secretOf(system.auth)}`;
    const shared = clients.get(client);
    if (shared === undefined) clients.set(client, [system]);
    else shared.push(system);
  }
  return [...clients.values()];
}

function hasClient(system: SystemConfig): system is TokenSystem {
  return originClientId(system.auth) !== undefined;
}

function secretOf(auth: TokenAuth): string {
  return auth.type === 'genesys' ? auth.clientSecret : auth.accessKeySecret;
}

function nameOf(systems: readonly string[]): string {
  return `token ${systems.join(', ')}`;
}

function noteOf(systems: readonly string[], keeper: TokenManager): HealthContribution {
  const { state, fault, excess } = keeper;
  return {
    name: nameOf(systems),
    healthy: state === 'valid' && excess.length === 0,
    details: {
      state,
      expiresInS: Math.floor(keeper.expiresInMs / 1000),
      ...(fault === undefined ? {} : { fault, message: sentenceOf(fault) }),
      ...(excess.length === 0 ? {} : { tooMuch: excess.slice(0, MOST_RIGHTS_SHOWN) }),
    },
  };
}

function figuresOf({ expiresInMs, currentAgeMs }: TokenManager): { expiresInS: number; ageS: number | undefined } {
  return { expiresInS: expiresInMs / 1000, ageS: currentAgeMs === undefined ? undefined : currentAgeMs / 1000 };
}
