import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { Clock } from '../../kernel/clock.js';
import { ValueCipher } from '../../kernel/value-cipher.js';
import { WallClock } from '../../kernel/wall-clock.js';
import { HealthContributors } from '../../platform/lifecycle/health-contributors.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { Redis } from '../../platform/redis/redis.js';
import { REGION } from '../../platform/region.token.js';
import { HttpOrigins } from '../../origins/http/http-origins.js';
import { OriginBudgets } from '../../origins/admission/origin-budgets.js';
import { AgentClaims } from './claims/agent-claims.service.js';
import { AgentEventsController } from './agent-events.controller.js';
import { AgentEvents } from './agent-events.service.js';
import { AgentDirectories } from './directories/agent-directories.js';
import { AgentReadThrough } from './agent-read-through.service.js';
import { AgentReadings } from './directories/agent-readings.js';
import { AgentStore, HOLD_MS, LEASE_MS } from './store/agent-store.js';
import { AgentsController } from './agents.controller.js';
import { ClaimVerifier } from './claims/claim-verifier.js';
import { AgentTenants } from './internal/agent-tenants.js';
import { CallerDeadlines } from './internal/caller-deadlines.js';
import { ActiveTenants } from './internal/active-tenants.js';
import { ReconciliationLease } from './reconciliation/reconciliation-lease.js';
import { MemoryAgentStore } from './store/memory-agent-store.js';
import { QueuesController } from './queues.controller.js';
import { ReconcileAgentsJob } from './reconciliation/reconcile-agents.job.js';
import { ReconciliationStatus } from './reconciliation/reconciliation-status.js';
import { RedisAgentStore } from './store/redis-agent-store.js';
import { SweepAgentsJob } from './store/sweep-agents.job.js';

/** Who is free, claimed once. */
@Module({})
export class AgentStateModule {
  static register(config: Config): DynamicModule {
    return {
      module: AgentStateModule,
      controllers: [AgentsController, QueuesController, AgentEventsController],
      providers: [
        agentStore(config),
        ...askingPlatforms(config),
        ...reconciling(config),
        {
          provide: CallerDeadlines,
          useFactory: (clock: Clock) => new CallerDeadlines(clock, config.deadlineMs),
          inject: [Clock],
        },
        ActiveTenants,
        AgentTenants,
        AgentClaims,
        AgentReadThrough,
        AgentEvents,
        SweepAgentsJob,
      ],
    };
  }
}

function agentStore({ agents: { agentTtlMs }, valueKeys }: Config): Provider {
  const cipher = ValueCipher.under(valueKeys);
  const terms = { leaseMs: LEASE_MS, holdMs: HOLD_MS, agentTtlMs };
  return {
    provide: AgentStore,
    useFactory: ({ connection }: Redis, clock: WallClock) =>
      connection === undefined ? new MemoryAgentStore(clock, terms) : new RedisAgentStore(connection, terms, cipher),
    inject: [Redis, WallClock],
  };
}

function askingPlatforms({ agents }: Config): Provider[] {
  const { agentTtlMs, reconcile } = agents;
  return [
    {
      provide: AgentDirectories,
      useFactory: (upstreams: HttpOrigins, budgets: OriginBudgets, clock: Clock, wallClock: WallClock) =>
        new AgentDirectories(reconcile, { upstreams, budgets, clock, wallClock, agentTtlMs }),
      inject: [HttpOrigins, OriginBudgets, Clock, WallClock],
    },
    {
      provide: AgentReadings,
      useFactory: (platforms: AgentDirectories, clock: WallClock, region: string) =>
        new AgentReadings(platforms, clock, region),
      inject: [AgentDirectories, WallClock, REGION],
    },
    {
      provide: ClaimVerifier,
      useFactory: (store: AgentStore, readings: AgentReadings, metrics: Metrics) =>
        new ClaimVerifier(store, readings, metrics, agents),
      inject: [AgentStore, AgentReadings, Metrics],
    },
  ];
}

function reconciling({ agents: { reconcile } }: Config): Provider[] {
  return [
    {
      provide: ReconciliationLease,
      useFactory: ({ connection }: Redis, region: string) => new ReconciliationLease(connection, region),
      inject: [Redis, REGION],
    },
    {
      provide: ReconciliationStatus,
      useFactory: (clock: WallClock, metrics: Metrics, notes: HealthContributors) =>
        new ReconciliationStatus(clock, metrics, reconcile, notes),
      inject: [WallClock, Metrics, HealthContributors],
    },
    ReconcileAgentsJob,
  ];
}
