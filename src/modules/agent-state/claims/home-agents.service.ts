import { Injectable } from '@nestjs/common';
import { HttpProblem } from '../../../kernel/errors.js';
import { Homes } from '../../../regions/homes.js';
import { UnreachableProblem } from '../../../regions/remote-claims.js';
import { AgentMetrics } from '../agent.metrics.js';
import { claimAnswer, type ClaimAnswer, type ClaimDecision } from '../internal/answers.js';
import { homeAnswers } from '../internal/home-answers.js';
import type { AgentRequest } from '../internal/home-request.js';
import type { SkillDemand } from '../internal/skill-query.js';
import { AgentStore, type LockOwner, type ReleaseOutcome } from '../store/agent-store.js';
import { AgentClaims } from './agent-claims.service.js';
import { HomeCalls, type Here } from './home-calls.service.js';

/** The agent that a call asks for. */
export interface WantedAgent {
  readonly queueId: string;
  /** `undefined` means that each request claims another agent. */
  readonly callId: string | undefined;
  /** `undefined` means that skills do not matter. */
  readonly bySkill: SkillDemand | undefined;
}

/**
 * Claims, confirms and releases agents where the tenant is at home.
 *
 * Guarantees:
 * - A region that is not the home of a tenant changes no lock of it.
 * - The answer to a claim says which region decided.
 */
@Injectable()
export class HomeAgents {
  constructor(
    private readonly homes: Homes,
    private readonly calls: HomeCalls,
    private readonly claims: AgentClaims,
    private readonly metrics: AgentMetrics,
    store: AgentStore,
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
  async claim(request: AgentRequest, { queueId, callId, bySkill }: WantedAgent): Promise<ClaimAnswer> {
    const { tenant, caller, deadline } = request;
    const { region } = this.homes;
    const answer = (result: ClaimDecision) => claimAnswer(queueId, region, result, bySkill !== undefined);
    const here = async ({ fenceAbove, isNew }: Here): Promise<ClaimAnswer> => {
      const demand = { tenant, caller, queueId, callId, fenceAbove, isNewHome: isNew, wanted: bySkill?.wanted };
      return answer(await this.claims.claim(demand, deadline));
    };
    const call = callId === undefined ? '' : `&callId=${encodeURIComponent(callId)}`;
    // A home of an earlier version ignores skills. It must find no queue, and claim no agent.
    const queue = `${bySkill === undefined ? 'queueId' : 'skilledQueueId'}=${encodeURIComponent(queueId)}`;
    const pathAndQuery = `/agents/available?${queue}${call}${bySkill?.parameters ?? ''}`;
    const sent = { method: 'GET', pathAndQuery, callId, isRepeatable: callId !== undefined } as const;
    const read = bySkill === undefined ? homeAnswers.claim : homeAnswers.claimBySkill;
    try {
      return await this.calls.forClaim(request, { here, sent, read });
    } catch (error) {
      const code = error instanceof HttpProblem ? error.code : undefined;
      if (code !== 'no_home' && !(error instanceof UnreachableProblem)) throw error;
      if (code === 'no_home') this.metrics.countClaim('no_home');
      return answer({ found: false, error: code ?? '' });
    }
  }

  /** @returns the remaining milliseconds of the lock; `undefined` if the token holds no lock */
  async confirm(request: AgentRequest, agentId: string, lockToken: string): Promise<number | undefined> {
    const owner: LockOwner = { tenant: request.tenant, agentId, token: lockToken };
    const sent = { method: 'POST', pathAndQuery: `/agents/${agentId}/confirm`, body: { lockToken } } as const;
    const here = async () => ({ lock: await this.claims.confirm(owner) });
    return (await this.calls.forOthers(request, { here, sent, read: homeAnswers.confirm })).lock;
  }

  /** @returns `false` if the token holds no lock */
  async release(request: AgentRequest, agentId: string, lockToken: string, outcome: ReleaseOutcome): Promise<boolean> {
    const owner: LockOwner = { tenant: request.tenant, agentId, token: lockToken };
    const body = { lockToken, outcome };
    const sent = { method: 'POST', pathAndQuery: `/agents/${agentId}/release`, body } as const;
    const here = async () => ({
      lock: (await this.claims.release(owner, outcome)) ? ({ released: true } as const) : undefined,
    });
    return (await this.calls.forOthers(request, { here, sent, read: homeAnswers.release })).lock !== undefined;
  }
}
