import { Body, Controller, Delete, Get, Param, Put, Query, Req } from '@nestjs/common';
import { QUEUE_ID, parseAgentId, parseQueueId } from '../../contracts/agent-ids.js';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { Positions } from '../../regions/positions.js';
import { AFTER_HEADER } from '../../contracts/headers.js';
import { validationPipe } from '../../platform/http/validation-pipe.js';
import { RequestTenant, type TenantResolver } from '../auth/request-tenant.decorator.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { HomeQueues } from './claims/home-queues.service.js';
import { AvailabilityDto, MembershipDto, PageDto, TenantDto } from './internal/agent-dtos.js';
import { ActiveTenants } from './internal/active-tenants.js';
import { queueAnswer, type AvailabilityAnswer, type LeaveAnswer, type QueueAnswer } from './internal/answers.js';
import { parseRequirements } from './internal/skill-query.js';
import { agentRequest, type AgentRequest } from './internal/home-request.js';
import { MAX_PAGE_SIZE } from './store/agent-store.js';

/** The numbers of a queue that cannot exist. */
const NO_MEMBERS = { available: 0, busy: 0, offline: 0, stale: 0, withSkills: 0, firstFreeInMs: -1 };

/** Lists, counts, adds and removes the members of a queue. */
@Controller('queues/:queueId')
@RequiresScope('agents')
export class QueuesController {
  constructor(
    private readonly home: HomeQueues,
    private readonly activeTenants: ActiveTenants,
    private readonly positions: Positions,
  ) {}

  @Get('agents')
  async members(
    @Req() request: DatadipRequest,
    @RequestTenant() tenantOf: TenantResolver,
    @Param('queueId') queueId: string,
    @Query(validationPipe()) { tenantId, offset = 0, limit = MAX_PAGE_SIZE }: PageDto,
  ): Promise<QueueAnswer> {
    const from = this.from(request, tenantOf(tenantId));
    if (!QUEUE_ID.test(queueId)) return queueAnswer(queueId, { total: 0, members: [] }, offset);
    const events = this.positions.ofRequest(request.headers, from.tenant);
    const after = events === undefined ? undefined : { events, header: String(request.headers[AFTER_HEADER]) };
    return this.home.members(from, queueId, { offset, limit, after });
  }

  /** Counts the members, and claims none of them. */
  @Get('availability')
  async availability(
    @Req() request: DatadipRequest,
    @RequestTenant() tenantOf: TenantResolver,
    @Param('queueId') queueId: string,
    @Query(validationPipe()) { tenantId, skills }: AvailabilityDto,
  ): Promise<AvailabilityAnswer> {
    const from = this.from(request, tenantOf(tenantId));
    const requirements = parseRequirements(skills);
    request.res?.setHeader('Cache-Control', 'no-store');
    if (!QUEUE_ID.test(queueId)) return { queueId, ...NO_MEMBERS };
    return this.home.availability(from, queueId, requirements);
  }

  /** Adds the agent to the queue, or changes its priority score there. */
  @Put('agents/:agentId')
  async join(
    @Req() request: DatadipRequest,
    @RequestTenant() tenantOf: TenantResolver,
    @Param() { queueId, agentId }: { queueId: string; agentId: string },
    @Query(validationPipe()) query: TenantDto,
    @Body(validationPipe()) { tenantId, priorityScore }: MembershipDto,
  ): Promise<{ readonly queueId: string; readonly agentId: string; readonly priorityScore: number }> {
    const from = this.from(request, tenantOf(tenantId ?? query.tenantId));
    const membership = { queueId: parseQueueId(queueId), agentId: parseAgentId(agentId) };
    return { ...membership, priorityScore: await this.home.join(from, membership, priorityScore) };
  }

  /**
   * Deletes the declared membership. The agent stays a member while the platform lists the agent.
   */
  @Delete('agents/:agentId')
  async leave(
    @Req() request: DatadipRequest,
    @RequestTenant() tenantOf: TenantResolver,
    @Param() { queueId, agentId }: { queueId: string; agentId: string },
    @Query(validationPipe()) { tenantId }: TenantDto,
  ): Promise<{ readonly queueId: string; readonly agentId: string } & LeaveAnswer> {
    const from = this.from(request, tenantOf(tenantId));
    const left = await this.home.leave(from, { queueId: parseQueueId(queueId), agentId: parseAgentId(agentId) });
    return { queueId, agentId, ...left };
  }

  private from(request: DatadipRequest, tenant: string): AgentRequest {
    return agentRequest(request, this.activeTenants.record(tenant));
  }
}
