import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { WallClock } from '../../kernel/wall-clock.js';
import { Redis } from '../../platform/redis/redis.js';
import { AgentClaims } from './agent-claims.service.js';
import { AgentEventsController } from './agent-events.controller.js';
import { AgentEvents } from './agent-events.service.js';
import { AgentStore, HOLD_MS, LEASE_MS } from './agent-store.js';
import { AgentsController } from './agents.controller.js';
import { AgentTenants } from './internal/agent-tenants.js';
import { RECONCILED } from './internal/reconciled.token.js';
import { REGION } from './internal/region.token.js';
import { SeenTenants } from './internal/seen-tenants.js';
import { MemoryAgentStore } from './memory-agent-store.js';
import { QueuesController } from './queues.controller.js';
import { ReconcileAgentsJob } from './reconcile-agents.job.js';
import { RedisAgentStore } from './redis-agent-store.js';
import { SweepAgentsJob } from './sweep-agents.job.js';

/** Who is free, claimed once. */
@Module({})
export class AgentStateModule {
  static register({ region, agents: { agentTtlMs, reconcile } }: Config): DynamicModule {
    const terms = { leaseMs: LEASE_MS, holdMs: HOLD_MS, agentTtlMs };
    return {
      module: AgentStateModule,
      controllers: [AgentsController, QueuesController, AgentEventsController],
      providers: [
        { provide: REGION, useValue: region },
        { provide: RECONCILED, useValue: reconcile },
        {
          provide: AgentStore,
          useFactory: ({ connection }: Redis, clock: WallClock) =>
            connection === undefined ? new MemoryAgentStore(clock, terms) : new RedisAgentStore(connection, terms),
          inject: [Redis, WallClock],
        },
        SeenTenants,
        AgentTenants,
        AgentClaims,
        AgentEvents,
        SweepAgentsJob,
        ReconcileAgentsJob,
      ],
    };
  }
}
