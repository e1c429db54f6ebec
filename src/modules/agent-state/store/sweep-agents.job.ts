import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Metrics } from '../../../platform/metrics/metrics.js';
import { AgentStore } from './agent-store.js';
import { ActiveTenants } from '../internal/active-tenants.js';

const EVERY_MS = 5000;

/**
 * Ends what has run out while nobody claims, forgets who is long silent, and shows how many agents there are. Every process does it for the
 * tenants it serves: each step is one script and may be done twice.
 */
@Injectable()
export class SweepAgentsJob {
  constructor(
    private readonly store: AgentStore,
    private readonly tenants: ActiveTenants,
    private readonly metrics: Metrics,
  ) {}

  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    // One after another: what a process does behind its callers' backs must not stand in their way.
    for (const tenant of this.tenants.all()) await this.sweepOne(tenant).catch(() => undefined);
  }

  private async sweepOne(tenant: string): Promise<void> {
    const { expired, counts } = await this.store.sweep(tenant);
    this.metrics.agentClaim('expired', expired);
    for (const [status, count] of Object.entries(counts)) this.metrics.agents.set({ tenant, status }, count);
  }
}
