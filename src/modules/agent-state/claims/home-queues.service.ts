import { Injectable } from '@nestjs/common';
import type { SkillRequirement, Skills } from '../../../contracts/skills.js';
import type { Position } from '../../../contracts/position.js';
import { WallClock } from '../../../kernel/clock.js';
import { Positions } from '../../../regions/positions.js';
import { AgentMetrics } from '../agent.metrics.js';
import { AgentDirectories } from '../directories/agent-directories.js';
import { AgentLimits } from '../internal/agent-limits.js';
import {
  queueAnswer,
  type AvailabilityAnswer,
  type LeaveAnswer,
  type QueueAnswer,
  type SkillsAnswer,
} from '../internal/answers.js';
import { homeAnswers } from '../internal/home-answers.js';
import type { AgentRequest } from '../internal/home-request.js';
import { AgentPriorities } from '../priority/agent-priorities.service.js';
import { AgentStore, type Membership } from '../store/agent-store.js';
import type { SkillsResult } from '../store/skill-claims.js';
import { HomeCalls } from './home-calls.service.js';

/** A page of the members of a queue. */
export interface PageRequest {
  readonly offset: number;
  readonly limit: number;
  /** The events that the answer must show, and the header that names them. Default: none. */
  readonly after: { readonly events: readonly Position[]; readonly header: string } | undefined;
}

/**
 * Declares and lists members of queues and skills of agents where the tenant is at home. A region
 * that is not the home of a tenant changes no queue and no skill of it.
 */
@Injectable()
export class HomeQueues {
  constructor(
    private readonly calls: HomeCalls,
    private readonly store: AgentStore,
    private readonly limits: AgentLimits,
    private readonly positions: Positions,
    private readonly clock: WallClock,
    private readonly directories: AgentDirectories,
    private readonly priorities: AgentPriorities,
    private readonly metrics: AgentMetrics,
  ) {}

  /**
   * @param declared `undefined` means that `agents.priority` computes the score; without a rule, it
   *   is 0
   * @returns the priority score
   */
  async join(
    request: AgentRequest,
    { queueId, agentId }: Omit<Membership, 'tenant'>,
    declared: number | undefined,
  ): Promise<number> {
    const { tenant } = request;
    const membership = { tenant, queueId, agentId };
    const here = async () => {
      const priorityScore = declared ?? (await this.priorities.scoreOf(membership));
      const source = declared === undefined ? this.priorities.sourceFor('declared') : 'declared';
      const result = await this.store.join(membership, priorityScore, source);
      if (result !== 'joined' && result !== 'unchanged' && result !== 'older') throw this.limits.refuse(tenant, result);
      this.priorities.changed(membership);
      return { priorityScore };
    };
    const body = declared === undefined ? {} : { priorityScore: declared };
    const sent = { method: 'PUT', pathAndQuery: `/queues/${queueId}/agents/${agentId}`, body } as const;
    return (await this.calls.forOthers(request, { here, sent, read: homeAnswers.join })).priorityScore;
  }

  leave(request: AgentRequest, { queueId, agentId }: Omit<Membership, 'tenant'>): Promise<LeaveAnswer> {
    const membership = { tenant: request.tenant, queueId, agentId };
    const sent = { method: 'DELETE', pathAndQuery: `/queues/${queueId}/agents/${agentId}` } as const;
    const here = async () => {
      const declared = await this.store.leave(membership);
      if (declared === 'left') return { removed: true, stillMember: false };
      const isRead = await this.isRead(membership);
      return { removed: declared === 'kept' || isRead === 'ended', stillMember: isRead === 'yes' };
    };
    return this.calls.forOthers(request, { here, sent, read: homeAnswers.leave });
  }

  /**
   * Whether the platform has the agent in the queue. If Datadip no longer reads the queue, no
   * reading can end the membership that an earlier reading stored. So this method ends it.
   */
  private async isRead(membership: Membership): Promise<'yes' | 'no' | 'ended'> {
    const { tenant, queueId, agentId } = membership;
    if (!(await this.store.listReadQueues(tenant, agentId)).includes(queueId)) return 'no';
    if (this.directories.readsQueue(tenant, queueId)) return 'yes';
    await this.store.leave(membership, 'read');
    return 'ended';
  }

  /** If the home has not applied the events of `after` in time, the agents are marked as stale. */
  members(request: AgentRequest, queueId: string, { offset, limit, after }: PageRequest): Promise<QueueAnswer> {
    const here = async (): Promise<QueueAnswer> => {
      const isReached = await this.hasApplied(after, request);
      const answer = queueAnswer(queueId, await this.store.listMembers(request.tenant, queueId, offset, limit), offset);
      return isReached ? answer : { ...answer, agents: answer.agents.map((agent) => ({ ...agent, stale: true })) };
    };
    const pathAndQuery = `/queues/${queueId}/agents?offset=${offset}&limit=${limit}`;
    const sent = { method: 'GET', pathAndQuery, after: after?.header } as const;
    return this.calls.forOthers(request, { here, sent, read: homeAnswers.members });
  }

  availability(
    request: AgentRequest,
    queueId: string,
    requirements: readonly SkillRequirement[],
  ): Promise<AvailabilityAnswer> {
    const here = async (): Promise<AvailabilityAnswer> => {
      const { expired, ...counts } = await this.store.availability(request.tenant, queueId, requirements);
      this.metrics.countClaim('expired', expired);
      return { queueId, ...counts };
    };
    const skills = requirements.map(({ skill, minimum }) => `${skill}:${minimum}`).join(',');
    const query = requirements.length === 0 ? '' : `?skills=${encodeURIComponent(skills)}`;
    const sent = {
      method: 'GET',
      pathAndQuery: `/queues/${queueId}/availability${query}`,
      isRepeatable: true,
    } as const;
    return this.calls.forOthers(request, { here, sent, read: homeAnswers.availability });
  }

  /** @param atMs the time of the declaration; `undefined` means now, by the clock of the home */
  setSkills(request: AgentRequest, agentId: string, skills: Skills, atMs: number | undefined): Promise<SkillsAnswer> {
    const { tenant } = request;
    const here = async (): Promise<SkillsAnswer> => {
      const change = { tenant, agentId, source: 'declared', skills, atMs: atMs ?? this.clock.nowMs() } as const;
      const outcome = this.accepted(tenant, (await this.store.setSkills(change)).outcome);
      if (outcome === 'applied') this.priorities.changed(change);
      return { outcome, skills: Object.fromEntries(await this.store.readSkills(tenant, agentId)) };
    };
    const body = { skills: Object.fromEntries(skills), ...(atMs === undefined ? {} : { timestamp: atMs }) };
    const sent = { method: 'PUT', pathAndQuery: `/agents/${agentId}/skills`, body } as const;
    return this.calls.forOthers(request, { here, sent, read: homeAnswers.skills });
  }

  private accepted(tenant: string, outcome: SkillsResult['outcome']): SkillsAnswer['outcome'] {
    switch (outcome) {
      case 'applied':
      case 'unchanged':
        return 'applied';
      case 'older':
        return 'older';
      case 'store-full':
      case 'too-many-agents':
      case 'too-many-skills':
        throw this.limits.refuse(tenant, outcome);
    }
  }

  /** The other half of the time is for the answer's way to the region that asks. */
  private async hasApplied(after: PageRequest['after'], { deadline }: AgentRequest): Promise<boolean> {
    if (after === undefined) return true;
    return this.positions.reached(after.events, deadline, deadline.remainingMs() / 2);
  }
}
