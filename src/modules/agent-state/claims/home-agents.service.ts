import { Injectable } from '@nestjs/common';
import { HttpProblem } from '../../../kernel/errors.js';
import type { Position } from '../../../contracts/position.js';
import { Homes, type Place } from '../../../regions/homes.js';
import {
  UnreachableProblem,
  RemoteClaims,
  type HomeRequest,
  type RemoteAnswer,
} from '../../../regions/remote-claims.js';
import { Positions } from '../../../regions/positions.js';
import { AgentMetrics } from '../agent.metrics.js';
import { AgentLimits } from '../internal/agent-limits.js';
import { claimAnswer, queueAnswer, type ClaimAnswer, type QueueAnswer } from '../internal/answers.js';
import { homeAnswers } from '../internal/home-answers.js';
import type { AgentRequest } from '../internal/home-request.js';
import { AgentStore, type LockOwner, type Membership, type ReleaseOutcome } from '../store/agent-store.js';
import { AgentClaims } from './agent-claims.service.js';

type Sent = Pick<HomeRequest, 'method' | 'pathAndQuery' | 'body' | 'callId' | 'after'> & {
  readonly isRepeatable?: boolean;
};
type Here = Extract<Place, { kind: 'here' }>;

/** A page of the members of a queue. */
export interface PageRequest {
  readonly offset: number;
  readonly limit: number;
  /** The events that the answer must show, and the header that names them. Default: none. */
  readonly after: { readonly events: readonly Position[]; readonly header: string } | undefined;
}

/**
 * The home of a tenant moves, or regions disagree about it. A move takes 10 s or more. A
 * disagreement lasts until the regions have the same table of homes.
 */
const NO_HOME_RETRY_AFTER_S = 5;

/**
 * Runs a request about agents where the tenant is at home: here, or in another region.
 *
 * Guarantees:
 * - A region that is not the home of a tenant changes no lock and no queue of it.
 * - A request that another region has forwarded is not forwarded again.
 * - The answer to a claim says which region decided.
 */
@Injectable()
export class HomeAgents {
  constructor(
    private readonly homes: Homes,
    private readonly remote: RemoteClaims,
    private readonly claims: AgentClaims,
    private readonly store: AgentStore,
    private readonly limits: AgentLimits,
    private readonly metrics: AgentMetrics,
    private readonly positions: Positions,
  ) {
    homes.gate = {
      close: (tenant) => store.closeClaims(tenant),
      open: (tenant) => store.openClaims(tenant),
    };
  }

  /**
   * "No home" and "no answer of the home" are answers with status 200, and not problem documents: a
   * flow can branch only on an answer.
   */
  async claim(request: AgentRequest, queueId: string, callId: string | undefined): Promise<ClaimAnswer> {
    const { tenant, caller, deadline } = request;
    const { region } = this.homes;
    const here = async ({ fenceAbove, isNew }: Here): Promise<ClaimAnswer> => {
      const demand = { tenant, caller, queueId, callId, fenceAbove, isNewHome: isNew };
      return claimAnswer(queueId, region, await this.claims.claim(demand, deadline));
    };
    const call = callId === undefined ? '' : `&callId=${encodeURIComponent(callId)}`;
    const pathAndQuery = `/agents/available?queueId=${encodeURIComponent(queueId)}${call}`;
    const sent = { method: 'GET', pathAndQuery, callId, isRepeatable: callId !== undefined } as const;
    try {
      return await this.run(this.homes.claimPlace(tenant), request, here, sent, homeAnswers.claim);
    } catch (error) {
      const code = error instanceof HttpProblem ? error.code : undefined;
      if (code !== 'no_home' && !(error instanceof UnreachableProblem)) throw error;
      if (code === 'no_home') this.metrics.countClaim('no_home');
      return claimAnswer(queueId, region, { found: false, error: code ?? '' });
    }
  }

  /** @returns the remaining milliseconds of the lock; `undefined` if the token holds no lock */
  async confirm(request: AgentRequest, agentId: string, lockToken: string): Promise<number | undefined> {
    const owner: LockOwner = { tenant: request.tenant, agentId, token: lockToken };
    const sent = { method: 'POST', pathAndQuery: `/agents/${agentId}/confirm`, body: { lockToken } } as const;
    const here = async () => ({ lock: await this.claims.confirm(owner) });
    return (await this.atLocks(request, here, sent, homeAnswers.confirm)).lock;
  }

  /** @returns `false` if the token holds no lock */
  async release(request: AgentRequest, agentId: string, lockToken: string, outcome: ReleaseOutcome): Promise<boolean> {
    const owner: LockOwner = { tenant: request.tenant, agentId, token: lockToken };
    const body = { lockToken, outcome };
    const sent = { method: 'POST', pathAndQuery: `/agents/${agentId}/release`, body } as const;
    const here = async () => ({
      lock: (await this.claims.release(owner, outcome)) ? ({ released: true } as const) : undefined,
    });
    return (await this.atLocks(request, here, sent, homeAnswers.release)).lock !== undefined;
  }

  async join(request: AgentRequest, { queueId, agentId }: Omit<Membership, 'tenant'>, score: number): Promise<void> {
    const { tenant } = request;
    const here = async () => {
      const result = await this.store.join({ tenant, queueId, agentId }, score);
      if (result !== 'joined') throw this.limits.refuse(tenant, result);
      return { priorityScore: score };
    };
    const body = { priorityScore: score };
    const sent = { method: 'PUT', pathAndQuery: `/queues/${queueId}/agents/${agentId}`, body } as const;
    await this.atLocks(request, here, sent, homeAnswers.join);
  }

  /** @returns `false` if the agent was not a member */
  async leave(request: AgentRequest, { queueId, agentId }: Omit<Membership, 'tenant'>): Promise<boolean> {
    const membership = { tenant: request.tenant, queueId, agentId };
    const sent = { method: 'DELETE', pathAndQuery: `/queues/${queueId}/agents/${agentId}` } as const;
    const here = async () => ({ removed: await this.store.leave(membership) });
    return (await this.atLocks(request, here, sent, homeAnswers.leave)).removed;
  }

  /** If the home has not applied the events of `after` in time, the agents are marked as stale. */
  members(request: AgentRequest, queueId: string, { offset, limit, after }: PageRequest): Promise<QueueAnswer> {
    const here = async (): Promise<QueueAnswer> => {
      const isReached = await this.hasApplied(after, request);
      const answer = queueAnswer(queueId, await this.store.listMembers(request.tenant, queueId, offset, limit), offset);
      return isReached ? answer : { ...answer, agents: answer.agents.map((agent) => ({ ...agent, stale: true })) };
    };
    const pathAndQuery = `/queues/${queueId}/agents?offset=${offset}&limit=${limit}`;
    return this.atLocks(request, here, { method: 'GET', pathAndQuery, after: after?.header }, homeAnswers.members);
  }

  /** The other half of the time is for the answer's way to the region that asks. */
  private async hasApplied(after: PageRequest['after'], { deadline }: AgentRequest): Promise<boolean> {
    if (after === undefined) return true;
    return this.positions.reached(after.events, deadline, deadline.remainingMs() / 2);
  }

  private atLocks<T>(
    request: AgentRequest,
    here: () => Promise<T>,
    sent: Sent,
    read: (answer: RemoteAnswer) => T | undefined,
  ): Promise<T> {
    return this.run(this.homes.lockPlace(request.tenant), request, here, sent, read);
  }

  /** @throws {HttpProblem} `no_home` or `region_unreachable` */
  private run<T>(
    place: Place,
    { tenant, caller, isForwarded, deadline }: AgentRequest,
    here: (place: Here) => Promise<T>,
    sent: Sent,
    read: (answer: RemoteAnswer) => T | undefined,
  ): Promise<T> {
    if (place.kind === 'here') return here(place);
    if (place.kind === 'nowhere' || isForwarded) return Promise.reject(noHome());
    return this.remote.send(place, { isRepeatable: false, ...sent, tenant, caller }, deadline, read);
  }
}

function noHome(): HttpProblem {
  return new HttpProblem(
    'no_home',
    503,
    'no region hands out agents of the tenant now: its home moves, or regions disagree about it',
    NO_HOME_RETRY_AFTER_S,
  );
}
