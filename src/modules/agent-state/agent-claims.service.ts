import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { StoreUnavailable } from '../../kernel/errors.js';
import { Hmac } from '../../kernel/hmac.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { AgentStore, type Claim, type Claimed, type LockOwner, type ReleaseOutcome } from './agent-store.js';
import { callHash } from './internal/marks.js';

/** How a request for an agent ended. */
export type Answered =
  { readonly found: true; readonly claim: Claim } | { readonly found: false; readonly error: '' | 'store_unavailable' };

/** Claims agents and ends claims, and counts both. */
@Injectable()
export class AgentClaims {
  constructor(
    private readonly store: AgentStore,
    private readonly hmac: Hmac,
    private readonly metrics: Metrics,
  ) {}

  /** An IVR that waits for an agent wants an answer it can go on with, also when the store is away. */
  async claim(tenant: string, queueId: string, callId: string | undefined): Promise<Answered> {
    const call = callId === undefined ? undefined : { callId, hash: callHash(this.hmac, callId) };
    try {
      const claimed = await this.store.claim({ tenant, queueId, call, token: randomUUID() });
      return this.counted(claimed);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.metrics.agentClaim('unavailable');
      return { found: false, error: 'store_unavailable' };
    }
  }

  async confirm(owner: LockOwner): Promise<number | undefined> {
    const leftMs = await this.store.confirm(owner);
    this.metrics.agentClaim(leftMs === undefined ? 'conflict' : 'confirmed');
    return leftMs;
  }

  async release(owner: LockOwner, outcome: ReleaseOutcome): Promise<boolean> {
    const released = await this.store.release(owner, outcome);
    this.metrics.agentClaim(released ? outcome : 'conflict');
    return released;
  }

  private counted(claimed: Claimed): Answered {
    this.metrics.agentClaim('expired', claimed.expired);
    this.metrics.agentClaim(claimed.kind);
    return claimed.kind === 'none' ? { found: false, error: '' } : { found: true, claim: claimed.claim };
  }
}
