import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put, Query, Req } from '@nestjs/common';
import { REGION } from '../../config/sections/server.js';
import { HttpProblem } from '../../kernel/errors.js';
import { validationPipe } from '../../platform/http/validation-pipe.js';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { RequestTenant, type TenantResolver } from '../auth/request-tenant.decorator.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { HomeAgents } from './claims/home-agents.service.js';
import { HomeQueues } from './claims/home-queues.service.js';
import { AgentReadThrough } from './directories/agent-read-through.service.js';
import { AgentSkillsDto, ClaimBySkillDto, ConfirmDto, ReleaseDto, TenantDto } from './internal/agent-dtos.js';
import { ClaimQueryPipe } from './internal/claim-query.pipe.js';
import { agentRequest, claimRequest } from './internal/home-request.js';
import { ActiveTenants } from './internal/active-tenants.js';
import { agentAnswer, claimAnswer, type AgentAnswer, type ClaimAnswer, type SkillsAnswer } from './internal/answers.js';
import { parseSkills } from './internal/skill-declaration.js';
import { parseSkillDemand } from './internal/skill-query.js';
import { timestampMs } from './internal/status-event.js';
import { AGENT_ID, QUEUE_ID, parseAgentId } from '../../contracts/agent-ids.js';
import { ForwardedCallers } from '../../regions/forwarded-callers.js';
import { Positions } from '../../regions/positions.js';

/** The part of the deadline that a read needs after it has waited for an event, in milliseconds. */
const READ_WITHIN_MS = 100;

/** Claims an agent for a call, confirms and releases the agent's lock, and returns agent states. */
@Controller('agents')
@RequiresScope('agents')
export class AgentsController {
  constructor(
    private readonly home: HomeAgents,
    private readonly queues: HomeQueues,
    private readonly agents: AgentReadThrough,
    private readonly activeTenants: ActiveTenants,
    private readonly positions: Positions,
    private readonly forwardedCallers: ForwardedCallers,
    @Inject(REGION) private readonly region: string,
  ) {}

  /**
   * Claims an agent. With a `callId`, a repeated request of the same caller gets the same agent;
   * without, each request claims another agent. The answer to a claim by skill says which rule
   * chose the agent.
   */
  @Get('available')
  @RouteOptions({ handlesHead: false })
  async available(
    @Req() request: DatadipRequest,
    @RequestTenant() tenantOf: TenantResolver,
    @Query(new ClaimQueryPipe()) query: ClaimBySkillDto,
  ): Promise<ClaimAnswer> {
    const tenant = this.activeTenants.record(tenantOf(query.tenantId));
    const { callId, queueId = query.skilledQueueId } = query;
    const bySkill = parseSkillDemand(query);
    const isBySkill = bySkill !== undefined;
    request.res?.setHeader('Cache-Control', 'no-store');
    if (queueId === undefined) return claimAnswer('', this.region, { found: false, error: 'no_queue' }, isBySkill);
    if (!QUEUE_ID.test(queueId)) return claimAnswer(queueId, this.region, { found: false, error: '' }, isBySkill);
    const from = claimRequest(request, tenant, callId, this.forwardedCallers);
    return this.home.claim(from, { queueId, callId, bySkill });
  }

  @Get(':agentId')
  async read(
    @Req() request: DatadipRequest,
    @RequestTenant() tenantOf: TenantResolver,
    @Param('agentId') agentId: string,
    @Query(validationPipe()) query: TenantDto,
  ): Promise<AgentAnswer> {
    const tenant = this.activeTenants.record(tenantOf(query.tenantId));
    if (!AGENT_ID.test(agentId)) return agentAnswer(agentId, undefined);
    const after = this.positions.ofRequest(request.headers, tenant);
    const isReached = after === undefined || (await this.positions.reached(after, request.deadline, READ_WITHIN_MS));
    const answer = agentAnswer(agentId, await this.agents.read(tenant, agentId, request.deadline));
    return isReached ? answer : { ...answer, stale: true };
  }

  /** Replaces the declared skills. Skills that were read from the platform stay. */
  @Put(':agentId/skills')
  async setSkills(
    @Req() request: DatadipRequest,
    @RequestTenant() tenantOf: TenantResolver,
    @Param('agentId') agentId: string,
    @Query(validationPipe()) query: TenantDto,
    @Body(validationPipe()) { tenantId, skills, timestamp }: AgentSkillsDto,
  ): Promise<{ readonly agentId: string } & SkillsAnswer> {
    const tenant = this.activeTenants.record(tenantOf(tenantId ?? query.tenantId));
    const atMs = timestamp === undefined ? undefined : timestampMs(timestamp);
    const from = agentRequest(request, tenant);
    return { agentId, ...(await this.queues.setSkills(from, parseAgentId(agentId), parseSkills(skills), atMs)) };
  }

  @Post(':agentId/confirm')
  @HttpCode(200)
  async confirm(
    @Req() request: DatadipRequest,
    @RequestTenant() tenantOf: TenantResolver,
    @Param('agentId') agentId: string,
    @Query(validationPipe()) query: TenantDto,
    @Body(validationPipe()) { lockToken, tenantId }: ConfirmDto,
  ): Promise<{ readonly agentId: string; readonly confirmed: true; readonly lockExpiresInMs: number }> {
    const tenant = this.activeTenants.record(tenantOf(tenantId ?? query.tenantId));
    const from = agentRequest(request, tenant);
    const lockExpiresInMs = await this.home.confirm(from, parseAgentId(agentId), lockToken);
    if (lockExpiresInMs === undefined) throw notHeld();
    return { agentId, confirmed: true, lockExpiresInMs };
  }

  @Post(':agentId/release')
  @HttpCode(200)
  async release(
    @Req() request: DatadipRequest,
    @RequestTenant() tenantOf: TenantResolver,
    @Param('agentId') agentId: string,
    @Query(validationPipe()) query: TenantDto,
    @Body(validationPipe()) { lockToken, outcome, tenantId }: ReleaseDto,
  ): Promise<{ readonly agentId: string; readonly released: true }> {
    const tenant = this.activeTenants.record(tenantOf(tenantId ?? query.tenantId));
    const from = agentRequest(request, tenant);
    const released = await this.home.release(from, parseAgentId(agentId), lockToken, outcome);
    if (!released) throw notHeld();
    return { agentId, released: true };
  }
}

function notHeld(): HttpProblem {
  return new HttpProblem('lock_not_held', 409, 'lock not held: the lock expired, ended, or has another token');
}
