import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { Hearing } from '../../../messaging/hearing.js';
import { AgentMetrics } from '../agent.metrics.js';
import { JobScheduler } from '../../../platform/scheduler/job-scheduler.js';
import { ActiveTenants } from '../internal/active-tenants.js';
import { AgentPriorities } from '../priority/agent-priorities.service.js';
import { AgentStore } from './agent-store.js';

const EVERY_MS = 5000;
/** How long one sweep restores the agents of a tenant, in milliseconds: about 10,000 agents. */
const RESTORE_FOR_MS = 2000;

/**
 * Ends agent locks that have expired while no request claims an agent, deletes agents without a
 * report for a week, and counts agents by status. At the start of a day, it computes all
 * scores of `agents.priority` again. When a region is heard again, its agents get
 * their places in the queues again.
 *
 * Every process sweeps the tenants it serves. Each step is one script, and running a step twice
 * does no harm.
 */
@Injectable()
export class SweepAgentsJob implements OnModuleInit {
  private silentRegions: readonly string[] = [];
  private restoring: Promise<void> | undefined;

  constructor(
    private readonly store: AgentStore,
    private readonly tenants: ActiveTenants,
    private readonly metrics: AgentMetrics,
    private readonly scheduler: JobScheduler,
    private readonly clock: Clock,
    private readonly hearing: Hearing,
    private readonly priorities: AgentPriorities,
  ) {}

  onModuleInit(): void {
    this.scheduler.schedule({ name: 'sweep agents', schedule: { everyMs: EVERY_MS }, run: () => this.sweep() });
    this.hearing.onUpdate(() => this.heard());
  }

  async sweep(): Promise<void> {
    // The tenants are swept in sequence, so that the sweep never competes with callers for the
    // store.
    for (const tenant of this.tenants.all()) await this.sweepTenant(tenant).catch(() => undefined);
    if (this.hearing.isOn) await this.restoreAll();
  }

  /** A region that is heard again does not wait for the next sweep. */
  private heard(): void {
    const { silentRegions } = this.hearing;
    const isHeardAgain = this.silentRegions.some((region) => !silentRegions.includes(region));
    this.silentRegions = silentRegions;
    if (isHeardAgain) void this.restoreAll();
  }

  private restoreAll(): Promise<void> {
    this.restoring ??= this.restoreEach().finally(() => (this.restoring = undefined));
    return this.restoring;
  }

  private async restoreEach(): Promise<void> {
    for (const tenant of this.tenants.all()) await this.restoreTenant(tenant).catch(() => undefined);
  }

  private async restoreTenant(tenant: string): Promise<void> {
    const untilMs = this.clock.nowMs() + RESTORE_FOR_MS;
    while ((await this.store.restore(tenant)) && this.clock.nowMs() < untilMs);
  }

  private async sweepTenant(tenant: string): Promise<void> {
    await this.priorities.walk(tenant).catch(() => undefined);
    const { expired, counts } = await this.store.sweep(tenant);
    this.metrics.countClaim('expired', expired);
    for (const [status, count] of Object.entries(counts)) this.metrics.agentsCounted(tenant, status, count);
  }
}
