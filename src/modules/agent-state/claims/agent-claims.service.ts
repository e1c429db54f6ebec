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

/** Each look but the last costs an agent who turned out busy, or a claim somebody else has concluded. */
const MAX_ATTEMPTS = 100;

/** As we make them. Anything else holds no lock, and who knows what it is: it goes no further. */
const LOCK_TOKEN = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** How a request for an agent ended. */
export type ClaimOutcome =
  { readonly found: true; readonly claim: Claim } | { readonly found: false; readonly error: '' | 'store_unavailable' };

/** Claims agents and ends claims, and counts both. */
@Injectable()
export class AgentClaims {
  constructor(
    private readonly store: AgentStore,
    private readonly check: ClaimVerifier,
    private readonly hmac: Hmac,
    private readonly metrics: AgentMetrics,
  ) {}

  /** An IVR that waits for an agent wants an answer it can go on with, also when the store is away. */
  async claim(tenant: string, queueId: string, callId: string | undefined, deadline: Deadline): Promise<ClaimOutcome> {
    const call = callId === undefined ? undefined : { callId, hash: callHash(this.hmac, callId) };
    try {
      const asked = { tenant, queueId, call };
      return this.check.isRequired(tenant)
        ? await this.claimVerified(asked, deadline)
        : this.counted(await this.store.claim({ ...asked, token: randomUUID() }));
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.metrics.claimEnded('unavailable');
      return { found: false, error: 'store_unavailable' };
    }
  }

  async confirm(owner: LockOwner): Promise<number | undefined> {
    const leftMs = LOCK_TOKEN.test(owner.token) ? await this.store.confirm(owner) : undefined;
    this.metrics.claimEnded(leftMs === undefined ? 'conflict' : 'confirmed');
    return leftMs;
  }

  async release(owner: LockOwner, outcome: ReleaseOutcome): Promise<boolean> {
    const released = LOCK_TOKEN.test(owner.token) && (await this.store.release(owner, outcome));
    this.metrics.claimEnded(released ? outcome : 'conflict');
    return released;
  }

  /**
   * A repeated request may come while the first still asks the platform: then both ask, and whoever has the answer first decides for both.
   * The other claims again, and so gets what its call has now.
   */
  private async claimVerified(asked: Omit<ClaimRequest, 'token'>, deadline: Deadline): Promise<ClaimOutcome> {
    for (let look = 0; look < MAX_ATTEMPTS; look += 1) {
      const claimed = await this.store.claim({ ...asked, token: randomUUID(), pending: true });
      if (claimed.kind === 'none' || !claimed.pending) return this.counted(claimed);
      const { agentId, lockToken: token } = claimed.claim;
      const verdict = await this.check.verify(asked.tenant, agentId, deadline);
      const decided = await this.store.resolve({ tenant: asked.tenant, agentId, token }, verdict);
      if (decided && verdict === 'confirmed') return this.counted(claimed);
      this.metrics.claimEnded('expired', claimed.expired);
      if (decided) this.metrics.claimEnded('dropped');
    }
    return this.counted({ kind: 'none', expired: 0 });
  }

  private counted(claimed: ClaimResult): ClaimOutcome {
    this.metrics.claimEnded('expired', claimed.expired);
    this.metrics.claimEnded(claimed.kind);
    return claimed.kind === 'none' ? { found: false, error: '' } : { found: true, claim: claimed.claim };
  }
}
