import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Deadline } from '../../../kernel/deadline.js';
import { StoreUnavailable } from '../../../kernel/errors.js';
import { Hmac } from '../../../kernel/hmac.js';
import type { Wanted } from '../../../contracts/skills.js';
import { inSpan } from '../../../platform/tracing/spans.js';
import { AgentMetrics } from '../agent.metrics.js';
import { AgentPriorities } from '../priority/agent-priorities.service.js';
import {
  AgentStore,
  type Claim,
  type ClaimingCall,
  type ClaimRequest,
  type ClaimResult,
  type LockOwner,
  type ReleaseOutcome,
} from '../store/agent-store.js';
import { ClaimVerifier } from './claim-verifier.js';
import { callerHash, callHash } from '../internal/id-hashes.js';

/**
 * The most candidates that one request tries. The request drops a candidate if the verifier rejects
 * the claim, or if another request has resolved the claim.
 */
const MAX_ATTEMPTS = 100;

/**
 * The form of every token that Datadip issues. A text of another form is the token of no lock, and
 * is not sent to Redis.
 */
const LOCK_TOKEN = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A caller's request for a free agent of a queue. */
export interface ClaimDemand {
  readonly tenant: string;
  /** Name of the caller. The same call id from another caller is another call. */
  readonly caller: string;
  readonly queueId: string;
  /** `undefined` means each request claims another agent. */
  readonly callId: string | undefined;
  /** The fence of a claim is greater. */
  readonly fenceAbove: number;
  /** `undefined` means that skills do not matter. */
  readonly wanted: Wanted | undefined;
  /** The region became the home of the tenant a moment ago, and may not know all claims. */
  readonly isNewHome: boolean;
}

/** The result of a claim request. */
export type ClaimResponse =
  | { readonly found: true; readonly claim: Claim }
  | { readonly found: false; readonly error: '' | 'no_agent_with_skills' | 'store_unavailable' | 'no_home' };

/**
 * Claims agents, confirms and releases their locks, and counts each outcome.
 *
 * Guarantees:
 * - With `verifyOnClaim`, only a claim with the verdict `verified` is returned. An agent whose
 *   region is silent is returned only if the platform reports the agent free.
 * - A repeated request of the same caller for the same call gets the same agent.
 * - A claim belongs to its caller. No other caller learns the lock token by naming the call.
 *
 * Does not guarantee: that a request finds every free agent. After `MAX_ATTEMPTS` candidates, a
 * request returns no agent.
 */
@Injectable()
export class AgentClaims {
  constructor(
    private readonly store: AgentStore,
    private readonly verifier: ClaimVerifier,
    private readonly hmac: Hmac,
    private readonly metrics: AgentMetrics,
    private readonly priorities: AgentPriorities,
  ) {}

  /**
   * Returns the error `store_unavailable` if the store is unavailable, and does not throw: an IVR
   * flow needs an answer on which it can branch.
   */
  async claim(demand: ClaimDemand, deadline: Deadline): Promise<ClaimResponse> {
    const { tenant, caller, queueId, callId, fenceAbove, isNewHome, wanted } = demand;
    const call = callId === undefined ? undefined : this.callOf(caller, callId);
    try {
      const request = { tenant, queueId, call, deadline, fenceAbove, wanted };
      return this.verifier.isRequired(tenant, isNewHome)
        ? await this.claimVerified(request, deadline)
        : this.count(await this.claimNext(request));
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.metrics.countClaim('unavailable');
      return { found: false, error: 'store_unavailable' };
    }
  }

  /** @returns the remaining milliseconds of the lock; `undefined` if the token holds no lock */
  async confirm(owner: LockOwner): Promise<number | undefined> {
    const day = this.priorities.today();
    const remainingMs = LOCK_TOKEN.test(owner.token) ? await this.confirmLock(owner, day) : undefined;
    if (remainingMs !== undefined) this.priorities.changed(owner);
    this.metrics.countClaim(remainingMs === undefined ? 'conflict' : 'confirmed');
    return remainingMs;
  }

  async release(owner: LockOwner, outcome: ReleaseOutcome): Promise<boolean> {
    const released = LOCK_TOKEN.test(owner.token) && (await this.releaseLock(owner, outcome));
    this.metrics.countClaim(released ? outcome : 'conflict');
    return released;
  }

  /**
   * Claims agents until the verifier verifies a claim, or the queue has no free agent.
   *
   * Race it prevents:
   * 1. A request claims an agent and waits for the platform.
   * 2. The call repeats its request. The second request finds the pending claim and asks the
   *    platform too.
   * 3. The platform gives the two requests different answers: the first request returns the agent,
   *    and the second rejects the claim.
   * Only the first verdict resolves the claim. The slower request claims again and gets the call's
   * current agent.
   */
  private async claimVerified(request: Omit<ClaimRequest, 'token'>, deadline: Deadline): Promise<ClaimResponse> {
    let terms: Pick<ClaimRequest, 'pending' | 'skipsSilent'> = { pending: true };
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const result = await this.claimNext({ ...request, ...terms });
      if (result.kind === 'none' || !result.pending) return this.count(result);
      const { agentId, lockToken: token } = result.claim;
      const verdict = await this.verifier.verify(request.tenant, agentId, deadline);
      // The platform does not answer. The next candidate must not need its answer.
      if (verdict === 'unanswered') terms = { pending: true, skipsSilent: true };
      const isVerified = verdict === 'verified';
      const owner = { tenant: request.tenant, agentId, token };
      const resolved = await this.resolve(owner, isVerified);
      if (resolved && isVerified) return this.count(result);
      this.metrics.countClaim('expired', result.expired);
      if (resolved) this.metrics.countClaim('dropped');
    }
    return this.count({ kind: 'none', expired: 0 });
  }

  private claimNext(request: Omit<ClaimRequest, 'token'>): Promise<ClaimResult> {
    return inSpan(
      { name: 'store claim', kind: 'client' },
      () => this.store.claim({ ...request, token: randomUUID() }),
      ({ kind }) => ({ 'datadip.outcome': kind }),
    );
  }

  private resolve(owner: LockOwner, isVerified: boolean): Promise<boolean> {
    return inSpan({ name: 'store resolve', kind: 'client' }, () =>
      this.store.resolve(owner, isVerified ? 'verified' : 'rejected'),
    );
  }

  private confirmLock(owner: LockOwner, day: string | undefined): Promise<number | undefined> {
    return inSpan({ name: 'store confirm', kind: 'client' }, () => this.store.confirm(owner, day));
  }

  private releaseLock(owner: LockOwner, outcome: ReleaseOutcome): Promise<boolean> {
    return inSpan({ name: 'store release', kind: 'client' }, () => this.store.release(owner, outcome));
  }

  private callOf(caller: string, callId: string): ClaimingCall {
    return { callId, hash: callHash(this.hmac, callId), callerHash: callerHash(this.hmac, caller) };
  }

  private count(result: ClaimResult): ClaimResponse {
    this.metrics.countClaim('expired', result.expired);
    if (result.kind === 'none' && result.isClosed === true) {
      this.metrics.countClaim('no_home');
      return { found: false, error: 'no_home' };
    }
    if (result.kind === 'none') {
      this.metrics.countClaim(result.lacksSkills === true ? 'no_agent_with_skills' : 'none');
      return { found: false, error: result.lacksSkills === true ? 'no_agent_with_skills' : '' };
    }
    this.metrics.countClaim(result.kind);
    const { claim } = result;
    if (result.kind === 'claimed' && claim.matchedBy !== undefined) this.metrics.countMatch(claim.matchedBy);
    return { found: true, claim };
  }
}
