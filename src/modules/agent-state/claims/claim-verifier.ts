import { Inject, Injectable } from '@nestjs/common';
import { type AgentsConfig, AGENTS_CONFIG } from '../../../config/sections/agents.js';
import type { Deadline } from '../../../kernel/deadline.js';
import { AgentMetrics } from '../agent.metrics.js';
import { isFree, AgentReader } from '../directories/agent-reader.js';
import { AgentStore, type ClaimVerdict } from '../store/agent-store.js';

/**
 * Verifies a claim: asks the platform whether the claimed agent is free.
 *
 * Guarantees:
 * - At most one platform call per verification, within `verifyWithinMs` and the deadline.
 * - If the platform reports the agent busy or logged out, the claim is rejected. The store takes
 *   over that state, unless the stored state is newer.
 * - If the platform does not answer, the verdict is `verified`, and the metric counts `unverified`.
 *   The verdict about an agent whose region is silent is then `unanswered`.
 *
 * Does not guarantee: that the agent is still free when the call arrives.
 *
 * Race it prevents:
 * 1. Datadip stores an agent as available.
 * 2. The agent takes a call at the platform, and the event is still on its way.
 * 3. Another caller claims the agent and sends a second call.
 */
@Injectable()
export class ClaimVerifier {
  constructor(
    private readonly store: AgentStore,
    private readonly agents: AgentReader,
    private readonly metrics: AgentMetrics,
    @Inject(AGENTS_CONFIG) private readonly config: AgentsConfig,
  ) {}

  /**
   * Returns whether claims of this tenant are verified: `verifyOnClaim` is on, or the region is the
   * new home of the tenant, and a platform is configured for the tenant.
   */
  isRequired(tenant: string, isNewHome: boolean): boolean {
    return (this.config.verifyOnClaim || isNewHome) && this.agents.covers(tenant);
  }

  async verify(tenant: string, agentId: string, deadline: Deadline): Promise<ClaimVerdict | 'unanswered'> {
    const state = await this.store.read(tenant, agentId);
    // The store has deleted the agent since the claim.
    if (state === undefined) return 'rejected';
    const report = await this.agents.read({ tenant, state }, deadline, this.config.verifyWithinMs);
    if (report === undefined) {
      if (state.stale) return 'unanswered';
      this.metrics.countClaim('unverified');
      return 'verified';
    }
    if (isFree(report)) {
      // The region of the agent is silent. The platform's answer refreshes the agent.
      if (state.stale) await this.store.applyReport(report);
      return 'verified';
    }
    const { outcome, changed } = await this.store.applyReport(report);
    this.metrics.eventHandled('claim', outcome);
    if (changed && report.platform !== 'other') this.metrics.agentDrifted(report.platform);
    return 'rejected';
  }
}
