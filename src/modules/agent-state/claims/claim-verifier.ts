import { Inject, Injectable } from '@nestjs/common';
import type { AgentsConfig } from '../../../config/config.js';
import { AGENTS_CONFIG } from '../../../config/tokens.js';
import type { Deadline } from '../../../kernel/deadline.js';
import { Metrics } from '../../../platform/metrics/metrics.js';
import { isFree, AgentReadings } from '../directories/agent-readings.js';
import { AgentStore, type ClaimVerdict } from '../store/agent-store.js';

/**
 * Asks the platform whether a claimed agent can be had.
 *
 * Promised: one call an agent, waited for within its bound and the deadline; who is busy or gone there is so here from then on, unless
 * something newer is stored; where the platform does not answer, the claim stands, and that is counted.
 * Not promised: that the agent is still free when the call arrives.
 */
@Injectable()
export class ClaimVerifier {
  constructor(
    private readonly store: AgentStore,
    private readonly readings: AgentReadings,
    private readonly metrics: Metrics,
    @Inject(AGENTS_CONFIG) private readonly terms: AgentsConfig,
  ) {}

  /** Whether claims of this tenant wait for it. */
  isWanted(tenant: string): boolean {
    return this.terms.verifyOnClaim && this.readings.reads(tenant);
  }

  async of(tenant: string, agentId: string, deadline: Deadline): Promise<ClaimVerdict> {
    const state = await this.store.read(tenant, agentId);
    // Forgotten since: there is nobody to hand out.
    if (state === undefined) return 'drop';
    const report = await this.readings.of({ tenant, state }, deadline, this.terms.verifyWithinMs);
    if (report === undefined) {
      this.metrics.agentClaim('unverified');
      return 'stands';
    }
    if (isFree(report)) return 'stands';
    const { outcome, changed } = await this.store.report(report);
    this.metrics.agentEvent('claim', outcome);
    if (changed && report.platform !== 'other') this.metrics.agentDrifted(report.platform);
    return 'drop';
  }
}
