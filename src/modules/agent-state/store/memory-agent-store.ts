import { LRUCache } from 'lru-cache';
import type { WallClock } from '../../../kernel/clock.js';
import { growingLru } from '../../../platform/memory/growing-lru.js';
import type { AgentReport } from '../../../contracts/agent-report.js';
import {
  AgentStore,
  MAX_CLOCK_AHEAD_MS,
  EVENT_DEDUPLICATION_MS,
  goneResult,
  type AgentState,
  type AgentStoreOptions,
  type EndCallResult,
  type EndedCall,
  type ClaimResult,
  type ClaimRequest,
  type ClaimVerdict,
  type JoinResult,
  type LockOwner,
  type Membership,
  type QueuePage,
  type ReleaseOutcome,
  type ReportResult,
  type NotReportedAgents,
  type SweepResult,
} from './agent-store.js';
import type { SkillRequirement, Skills } from '../../../contracts/skills.js';
import type { AgentSlice, JoinSource, RuleRecord, RuleScores } from './rule-scores.js';
import type { Availability, LeaveResult, RecordSource, SkillsChange, SkillsResult } from './skill-claims.js';
import type { AgentRegions } from './agent-regions.js';
import { MemoryTenant } from './internal/memory-tenant.js';

/**
 * More than a developer's machine needs. With more tenants, the least recently used tenant is
 * deleted.
 */
const MAX_TENANTS = 100;
/**
 * Event hashes remembered for all tenants. With more events, the least recently used hash is
 * deleted.
 */
const MAX_EVENTS = 100_000;

/**
 * An agent store in the memory of this process, for development. Other processes do not see its
 * agents.
 */
export class MemoryAgentStore extends AgentStore {
  private readonly tenants: LRUCache<string, MemoryTenant>;
  private readonly events = growingLru<number>(MAX_EVENTS);

  constructor(
    private readonly clock: WallClock,
    private readonly options: AgentStoreOptions,
    private readonly regions: AgentRegions,
  ) {
    super();
    this.tenants = new LRUCache({ max: MAX_TENANTS });
  }

  applyReport(report: AgentReport): Promise<ReportResult> {
    const nowMs = this.clock.nowMs();
    const tenant = this.tenant(report.tenant);
    if (report.gone === true) return Promise.resolve(goneResult(tenant.markAbsent(report.agentId, undefined, nowMs)));
    if (report.eventHash !== undefined && this.isDuplicate(report.tenant, report.eventHash, nowMs))
      return Promise.resolve({ outcome: 'duplicate', clamped: false, changed: false });
    return Promise.resolve(tenant.applyReport(report, nowMs, nowMs + MAX_CLOCK_AHEAD_MS));
  }

  markAbsent(tenant: string, agentId: string, readFromMs: number | undefined): Promise<boolean> {
    return Promise.resolve(this.tenant(tenant).markAbsent(agentId, readFromMs, this.clock.nowMs()));
  }

  claim(request: ClaimRequest): Promise<ClaimResult> {
    return Promise.resolve(this.tenant(request.tenant).claim(request, this.clock.nowMs()));
  }

  closeClaims(tenant: string): Promise<number> {
    return Promise.resolve(this.tenant(tenant).setClosed(true));
  }

  openClaims(tenant: string): Promise<void> {
    this.tenant(tenant).setClosed(false);
    return Promise.resolve();
  }

  resolve({ tenant, agentId, token }: LockOwner, verdict: ClaimVerdict): Promise<boolean> {
    return Promise.resolve(this.tenant(tenant).resolve(agentId, token, verdict, this.clock.nowMs()));
  }

  confirm({ tenant, agentId, token }: LockOwner, day?: string): Promise<number | undefined> {
    return Promise.resolve(this.tenant(tenant).confirm(agentId, token, day, this.clock.nowMs()));
  }

  release({ tenant, agentId, token }: LockOwner, outcome: ReleaseOutcome): Promise<boolean> {
    return Promise.resolve(this.tenant(tenant).release(agentId, token, outcome !== 'failed', this.clock.nowMs()));
  }

  endCall({ tenant, callHash, eventHash, agentId }: EndedCall): Promise<EndCallResult> {
    const nowMs = this.clock.nowMs();
    if (this.isDuplicate(tenant, eventHash, nowMs)) return Promise.resolve('duplicate');
    return Promise.resolve(this.tenant(tenant).endCall(callHash, agentId, nowMs) ? 'ended' : 'none');
  }

  read(tenant: string, agentId: string): Promise<AgentState | undefined> {
    return Promise.resolve(this.tenant(tenant).read(agentId, this.clock.nowMs()));
  }

  join(
    membership: Membership,
    priorityScore: number,
    source: JoinSource = 'declared',
    atMs?: number,
  ): Promise<JoinResult> {
    const nowMs = this.clock.nowMs();
    const tenant = this.tenant(membership.tenant);
    return Promise.resolve(tenant.join(membership, priorityScore, source, this.notAhead(atMs), nowMs));
  }

  leave(membership: Membership, source: RecordSource = 'declared', atMs?: number): Promise<LeaveResult> {
    return Promise.resolve(this.tenant(membership.tenant).leave(membership, source, this.notAhead(atMs)));
  }

  listReadMembers(tenant: string, queueId: string): Promise<readonly string[]> {
    return Promise.resolve(this.tenant(tenant).queues.readMembers(queueId));
  }

  listReadQueues(tenant: string, agentId: string): Promise<readonly string[]> {
    return Promise.resolve(this.tenant(tenant).queues.readQueues(agentId));
  }

  setSkills(change: SkillsChange): Promise<SkillsResult> {
    const atMs = this.notAhead(change.atMs);
    return Promise.resolve(this.tenant(change.tenant).setSkills({ ...change, atMs }));
  }

  readSkills(tenant: string, agentId: string): Promise<Skills> {
    return Promise.resolve(this.tenant(tenant).skills.read(agentId));
  }

  readRuleRecord(tenant: string, agentId: string, day: string): Promise<RuleRecord> {
    return Promise.resolve(this.tenant(tenant).rule.read(agentId, day));
  }

  setRuleScores(scores: RuleScores): Promise<number | undefined> {
    return Promise.resolve(this.tenant(scores.tenant).rule.set(scores));
  }

  setHireDate(tenant: string, agentId: string, hiredOn: string | undefined): Promise<boolean> {
    return Promise.resolve(this.tenant(tenant).rule.setHireDate(agentId, hiredOn));
  }

  listRanked(tenant: string, from: number, limit: number): Promise<AgentSlice> {
    return Promise.resolve(this.tenant(tenant).rule.listRanked(from, limit));
  }

  availability(tenant: string, queueId: string, requirements: readonly SkillRequirement[]): Promise<Availability> {
    return Promise.resolve(this.tenant(tenant).availability(queueId, requirements, this.clock.nowMs()));
  }

  listMembers(tenant: string, queueId: string, offset: number, limit: number): Promise<QueuePage> {
    return Promise.resolve(this.tenant(tenant).listMembers(queueId, offset, limit, this.clock.nowMs()));
  }

  listNotReportedSince(
    tenant: string,
    sinceMs: number | undefined,
    offset: number,
    limit: number,
  ): Promise<NotReportedAgents> {
    const nowMs = this.clock.nowMs();
    const agentIds = this.tenant(tenant).listNotReportedSince(sinceMs ?? nowMs, offset, limit);
    return Promise.resolve({ nowMs, agentIds });
  }

  sweep(tenant: string): Promise<SweepResult> {
    return Promise.resolve(this.tenant(tenant).sweep(this.clock.nowMs()));
  }

  restore(tenant: string): Promise<boolean> {
    this.tenant(tenant).restore(this.clock.nowMs());
    return Promise.resolve(false);
  }

  /** A time too far ahead of the store's clock would refuse every later change. */
  private notAhead(atMs: number | undefined): number {
    const nowMs = this.clock.nowMs();
    return atMs === undefined || atMs > nowMs + MAX_CLOCK_AHEAD_MS ? nowMs : atMs;
  }

  private isDuplicate(tenant: string, eventHash: string, nowMs: number): boolean {
    const key = `${tenant}:${eventHash}`;
    if ((this.events.get(key) ?? -Infinity) > nowMs) return true;
    this.events.set(key, nowMs + EVENT_DEDUPLICATION_MS);
    return false;
  }

  private tenant(name: string): MemoryTenant {
    const known = this.tenants.get(name);
    if (known !== undefined) return known;
    const tenant = new MemoryTenant(this.options, this.regions);
    this.tenants.set(name, tenant);
    return tenant;
  }
}
