import { Module } from '@nestjs/common';
import { type AgentsConfig, AGENTS_CONFIG } from '../../config/sections/agents.js';
import { REGIONS_CONFIG, type RegionsConfig } from '../../config/sections/regions.js';
import { REGION } from '../../config/sections/server.js';
import type { ValueCipher } from '../../kernel/value-cipher.js';
import { WallClock } from '../../kernel/clock.js';
import { Hearing } from '../../messaging/hearing.js';
import { MessagingModule } from '../../messaging/messaging.module.js';
import { Outbox } from '../../messaging/outbox/outbox.js';
import { OutboxModule } from '../../messaging/outbox/outbox.module.js';
import { OriginsModule } from '../../origins/origins.module.js';
import { CryptoModule, VALUE_CIPHER } from '../../platform/crypto.module.js';
import { LifecycleModule } from '../../platform/lifecycle/lifecycle.module.js';
import { MetricsModule } from '../../platform/metrics/metrics.module.js';
import { Redis } from '../../platform/redis/redis.js';
import { RedisModule } from '../../platform/redis/redis.module.js';
import { SchedulerModule } from '../../platform/scheduler/scheduler.module.js';
import { TimeModule } from '../../platform/time.module.js';
import { RegionsModule } from '../../regions/regions.module.js';
import { AwsModule } from '../../vendors/aws/aws.module.js';
import { GenesysModule } from '../../vendors/genesys/genesys.module.js';
import { AgentEventsController } from './agent-events.controller.js';
import { AgentEvents } from './internal/agent-events.service.js';
import { AgentReadThrough } from './directories/agent-read-through.service.js';
import { PlatformAssignments } from './assignments/platform-assignments.service.js';
import { QueueEvents } from './assignments/queue-events.service.js';
import { AgentsController } from './agents.controller.js';
import { AgentClaims } from './claims/agent-claims.service.js';
import { HomeAgents } from './claims/home-agents.service.js';
import { HomeCalls } from './claims/home-calls.service.js';
import { HomeQueues } from './claims/home-queues.service.js';
import { ClaimVerifier } from './claims/claim-verifier.js';
import { AgentDirectories } from './directories/agent-directories.js';
import { AgentReader } from './directories/agent-reader.js';
import { RemoteAgentEvents } from './internal/remote-agents.service.js';
import { ActiveTenants } from './internal/active-tenants.js';
import { AgentLimits } from './internal/agent-limits.js';
import { AgentPriorities } from './priority/agent-priorities.service.js';
import { QueuesController } from './queues.controller.js';
import { ReconcileAgentsJob } from './reconciliation/reconcile-agents.job.js';
import { ReconciliationRuns } from './reconciliation/reconciliation-runs.js';
import { ReconciliationStatus } from './reconciliation/reconciliation-status.js';
import { AgentStore, HOLD_MS, CLAIM_TTL_MS } from './store/agent-store.js';
import { AgentRecords } from './store/agent-records.js';
import { AgentRegions } from './store/agent-regions.js';
import { MemoryAgentStore } from './store/memory-agent-store.js';
import { RedisAgentStore } from './store/redis-agent-store.js';
import { SweepAgentsJob } from './store/sweep-agents.job.js';
import { AgentMetrics } from './agent.metrics.js';

/** Stores the states of agents, claims free agents, and reconciles the states with platforms. */
@Module({
  imports: [
    TimeModule,
    CryptoModule,
    MetricsModule,
    LifecycleModule,
    RedisModule,
    MessagingModule,
    OutboxModule,
    SchedulerModule,
    OriginsModule,
    GenesysModule,
    AwsModule,
    RegionsModule,
  ],
  controllers: [AgentsController, QueuesController, AgentEventsController],
  providers: [
    AgentMetrics,
    // A factory chooses the store: Redis if it is configured, otherwise the memory of this process.
    {
      provide: AgentStore,
      useFactory: agentStore,
      inject: [Redis, WallClock, AGENTS_CONFIG, AgentRegions, VALUE_CIPHER, Outbox, REGION],
    },
    { provide: AgentRegions, useFactory: agentRegions, inject: [Hearing, REGION, REGIONS_CONFIG] },
    AgentDirectories,
    AgentReader,
    ClaimVerifier,
    ReconciliationRuns,
    ReconciliationStatus,
    ReconcileAgentsJob,
    ActiveTenants,
    AgentLimits,
    AgentPriorities,
    AgentClaims,
    HomeCalls,
    HomeAgents,
    HomeQueues,
    AgentReadThrough,
    PlatformAssignments,
    QueueEvents,
    AgentEvents,
    RemoteAgentEvents,
    SweepAgentsJob,
  ],
})
export class AgentStateModule {}

function agentStore(
  { connection }: Redis,
  clock: WallClock,
  { agentTtlMs }: AgentsConfig,
  regions: AgentRegions,
  cipher: ValueCipher | undefined,
  outbox: Outbox,
  region: string,
): AgentStore {
  const options = { claimTtlMs: CLAIM_TTL_MS, holdMs: HOLD_MS, agentTtlMs };
  return connection === undefined
    ? new MemoryAgentStore(clock, options, regions)
    : new RedisAgentStore(connection, options, regions, cipher, new AgentRecords(outbox, region));
}

function agentRegions(hearing: Hearing, region: string, regions: RegionsConfig | undefined): AgentRegions {
  return new AgentRegions(hearing, region, regions?.silentAfterMs ?? 0);
}
