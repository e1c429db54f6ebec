import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { validationPipe } from '../../platform/http/validation-pipe.js';
import { RequestTenant, type TenantResolver } from '../auth/request-tenant.decorator.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { AgentStore, MAX_PAGE_SIZE } from './store/agent-store.js';
import { MembershipDto, PageDto, TenantDto } from './internal/agent-dtos.js';
import { ActiveTenants } from './internal/active-tenants.js';
import { AgentLimits } from './internal/agent-limits.js';
import { queueAnswer, type QueueAnswer } from './internal/answers.js';
import { QUEUE_ID, parseAgentId, parseQueueId } from '../../contracts/agent-ids.js';

/** Lists, adds and removes the members of a queue. */
@Controller('queues/:queueId/agents')
@RequiresScope('agents')
export class QueuesController {
  constructor(
    private readonly store: AgentStore,
    private readonly activeTenants: ActiveTenants,
    private readonly limits: AgentLimits,
  ) {}

  @Get()
  async members(
    @RequestTenant() tenantOf: TenantResolver,
    @Param('queueId') queueId: string,
    @Query(validationPipe()) { tenantId, offset = 0, limit = MAX_PAGE_SIZE }: PageDto,
  ): Promise<QueueAnswer> {
    const tenant = this.activeTenants.record(tenantOf(tenantId));
    const none = { total: 0, members: [] };
    const page = QUEUE_ID.test(queueId) ? await this.store.listMembers(tenant, queueId, offset, limit) : none;
    return queueAnswer(queueId, page, offset);
  }

  /** Adds the agent to the queue, or changes its priority score there. */
  @Put(':agentId')
  async join(
    @RequestTenant() tenantOf: TenantResolver,
    @Param() { queueId, agentId }: { queueId: string; agentId: string },
    @Query(validationPipe()) query: TenantDto,
    @Body(validationPipe()) { tenantId, priorityScore = 0 }: MembershipDto,
  ): Promise<{ readonly queueId: string; readonly agentId: string; readonly priorityScore: number }> {
    const tenant = this.activeTenants.record(tenantOf(tenantId ?? query.tenantId));
    const ids = { tenant, queueId: parseQueueId(queueId), agentId: parseAgentId(agentId) };
    const result = await this.store.join(ids, priorityScore);
    if (result !== 'joined') throw this.limits.refuse(tenant, result);
    return { queueId, agentId, priorityScore };
  }

  @Delete(':agentId')
  async leave(
    @RequestTenant() tenantOf: TenantResolver,
    @Param() { queueId, agentId }: { queueId: string; agentId: string },
    @Query(validationPipe()) { tenantId }: TenantDto,
  ): Promise<{ readonly queueId: string; readonly agentId: string; readonly removed: boolean }> {
    const tenant = this.activeTenants.record(tenantOf(tenantId));
    const removed = await this.store.leave({ tenant, queueId: parseQueueId(queueId), agentId: parseAgentId(agentId) });
    return { queueId, agentId, removed };
  }
}
