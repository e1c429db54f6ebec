import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Deadline } from '../../../kernel/deadline.js';
import { StoreUnavailable } from '../../../kernel/errors.js';
import { Hmac } from '../../../kernel/hmac.js';
import { AgentMetrics } from '../agent.metrics.js';
import {
  AgentStore,
  type Claim,
  type ClaimResult,
  type ClaimRequest,
  type LockOwner,
  type ReleaseOutcome,
} from '../store/agent-store.js';
import { ClaimVerifier } from './claim-verifier.js';
import { callHash } from '../internal/id-hashes.js';

/**
 * Each attempt but the last found an agent that is not free, or a claim that another request had
 * resolved.
 */
const MAX_ATTEMPTS = 100;

/**
 * The form of every token that Datadip issues. A text of another form holds no lock and is not sent
 * to Redis.
 */
const LOCK_TOKEN = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The result of a claim request. */
export type ClaimOutcome =
  { readonly found: true; readonly claim: Claim } | { readonly found: false; readonly error: '' | 'store_unavailable' };

/**
 * Claims agents, confirms and releases their locks, and counts each outcome.
 *
 * Guarantees: with `verifyOnClaim`, only a claim that the claim verifier confirmed is returned. A
 * repeated request for the same call gets the same agent.
 * Does not guarantee: an agent after `MAX_ATTEMPTS` rejected claims, although the queue may have a
 * free agent.
 */
@Injectable()
export class AgentClaims {
  constructor(
    private readonly store: AgentStore,
    private readonly verifier: ClaimVerifier,
    private readonly hmac: Hmac,
    private readonly metrics: AgentMetrics,
  ) {}

  /**
   * If the store is unavailable, the result says so instead of an exception: an IVR flow needs an
   * answer it can branch on.
   */
  async claim(tenant: string, queueId: string, callId: string | undefined, deadline: Deadline): Promise<ClaimOutcome> {
    const call = callId === undefined ? undefined : { callId, hash: callHash(this.hmac, callId) };
    try {
      const request = { tenant, queueId, call };
      return this.verifier.isRequired(tenant)
        ? await this.claimVerified(request, deadline)
        : this.count(await this.store.claim({ ...request, token: randomUUID() }));
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.metrics.claimEnded('unavailable');
      return { found: false, error: 'store_unavailable' };
    }
  }

  /** @returns the remaining milliseconds of the lock; `undefined` if the token holds no lock */
  async confirm(owner: LockOwner): Promise<number | undefined> {
    const remainingMs = LOCK_TOKEN.test(owner.token) ? await this.store.confirm(owner) : undefined;
    this.metrics.claimEnded(remainingMs === undefined ? 'conflict' : 'confirmed');
    return remainingMs;
  }

  async release(owner: LockOwner, outcome: ReleaseOutcome): Promise<boolean> {
    const released = LOCK_TOKEN.test(owner.token) && (await this.store.release(owner, outcome));
    this.metrics.claimEnded(released ? outcome : 'conflict');
    return released;
  }

  /**
   * Claims agents until the verifier confirms one, or the queue has no free agent.
   *
   * Race it prevents:
   * 1. A request claims an agent and waits for the platform.
   * 2. The call repeats its request, finds the pending claim, and asks the platform too.
   * 3. The faster request resolves the claim. The other cannot resolve it, claims again, and gets
   *    the call's current agent.
   */
  private async claimVerified(request: Omit<ClaimRequest, 'token'>, deadline: Deadline): Promise<ClaimOutcome> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const result = await this.store.claim({ ...request, token: randomUUID(), pending: true });
      if (result.kind === 'none' || !result.pending) return this.count(result);
      const { agentId, lockToken: token } = result.claim;
      const verdict = await this.verifier.verify(request.tenant, agentId, deadline);
      const resolved = await this.store.resolve({ tenant: request.tenant, agentId, token }, verdict);
      if (resolved && verdict === 'confirmed') return this.count(result);
      this.metrics.claimEnded('expired', result.expired);
      if (resolved) this.metrics.claimEnded('dropped');
    }
    return this.count({ kind: 'none', expired: 0 });
  }

  private count(result: ClaimResult): ClaimOutcome {
    this.metrics.claimEnded('expired', result.expired);
    this.metrics.claimEnded(result.kind);
    return result.kind === 'none' ? { found: false, error: '' } : { found: true, claim: result.claim };
  }
}
