import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AgentMetrics } from '../agent.metrics.js';
import { JobScheduler } from '../../../platform/scheduler/job-scheduler.js';
import { ActiveTenants } from '../internal/active-tenants.js';
import { AgentStore } from './agent-store.js';

const EVERY_MS = 5000;

/**
 * Ends agent locks that have expired while no request claims an agent, deletes agents without a
 * report for a week, and counts agents by status.
 *
 * Every process sweeps the tenants it serves. Each step is one script, and running a step twice
 * does no harm.
 */
@Injectable()
export class SweepAgentsJob implements OnModuleInit {
  constructor(
    private readonly store: AgentStore,
    private readonly tenants: ActiveTenants,
    private readonly metrics: AgentMetrics,
    private readonly scheduler: JobScheduler,
  ) {}

  onModuleInit(): void {
    this.scheduler.schedule({ name: 'sweep agents', schedule: { everyMs: EVERY_MS }, run: () => this.sweep() });
  }

  async sweep(): Promise<void> {
    // The tenants are swept in sequence, so that the sweep never competes with callers for the
    // store.
    for (const tenant of this.tenants.all()) await this.sweepTenant(tenant).catch(() => undefined);
  }

  private async sweepTenant(tenant: string): Promise<void> {
    const { expired, counts } = await this.store.sweep(tenant);
    this.metrics.countClaim('expired', expired);
    for (const [status, count] of Object.entries(counts)) this.metrics.agentsCounted(tenant, status, count);
  }
}
