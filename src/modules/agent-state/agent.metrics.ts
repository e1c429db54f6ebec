import { Injectable } from '@nestjs/common';
import type { Counter, Gauge } from 'prom-client';
import type { ReconcileConfig } from '../../config/sections/agents.js';
import type { Completeness } from '../../contracts/agent-directory.js';
import type { MatchedBy } from '../../contracts/skills.js';
import type { RefusedReport } from './store/agent-store.js';
import { MetricsRegistry } from '../../platform/metrics/metrics-registry.js';

/**
 * - `claimed` or `repeated`: the request got an agent, or the same agent once more.
 * - `none`: the queue had no free agent.
 * - `no_agent_with_skills`: no member of the queue has the required skills.
 * - `unavailable`: the store was unavailable.
 * - `confirmed`: the caller confirmed the lock.
 * - `rejected`, `failed` or `ended`: the lock was released with this outcome, or with the call.
 * - `expired`: the lock reached the end of its time.
 * - `conflict`: the token was not the token of a lock.
 * - `dropped`: the claim verifier rejected the claim.
 * - `no_home`: no region hands out agents of the tenant now, or this region does not know its home.
 * - `unverified`: the platform did not answer the verifier, and the claim counts as verified.
 */
export type ClaimOutcome =
  | 'claimed'
  | 'repeated'
  | 'none'
  | 'no_agent_with_skills'
  | 'unavailable'
  | 'confirmed'
  | 'rejected'
  | 'failed'
  | 'ended'
  | 'expired'
  | 'conflict'
  | 'dropped'
  | 'no_home'
  | 'unverified';

/**
 * - `refused`: the agent is new, and the tenant has too many agents or the store is nearly full.
 * - `clamped` is counted in addition to another outcome: a time too far ahead was replaced by now.
 * - `unknown_region` is counted in addition, too: the event names no known region, so another
 *   region counts.
 */
type AgentEventOutcome = 'applied' | 'older' | 'duplicate' | 'refused' | 'clamped' | 'unknown_region';
export type AgentEventSource = 'agent-status' | 'eventbridge' | 'log' | 'reconciliation' | 'read-through' | 'claim';

/**
 * A directory that reconciliation reads: the platform, and the system through which it is called.
 */
type Directory = Pick<ReconcileConfig, 'platform' | 'system'>;

/**
 * - `changed` or `unchanged`: the scores of an agent were computed.
 * - `failed`: the store failed. The agent is computed again.
 * - `no_number`: the expression yields no number, and the former score stays.
 */
type PriorityOutcome = 'changed' | 'unchanged' | 'failed' | 'no_number';

/** A platform whose agents, queues and skills Datadip reads. */
export type ReadPlatform = ReconcileConfig['platform'];
export type AssignmentSource = 'reconciliation' | 'eventbridge';

@Injectable()
export class AgentMetrics {
  private readonly claims: Counter<'outcome'>;
  private readonly matches: Counter<'matched_by'>;
  private readonly events: Counter<'source' | 'outcome'>;
  private readonly drift: Counter<'platform'>;
  private readonly agents: Gauge<'tenant' | 'status'>;
  private readonly runs: Counter<'platform' | 'system' | 'outcome'>;
  private readonly agentsRead: Gauge<'platform' | 'system'>;
  private readonly lastSuccess: Gauge<'platform' | 'system'>;
  private readonly lastDuration: Gauge<'platform' | 'system'>;
  private readonly memberships: Counter<'platform' | 'source' | 'change'>;
  private readonly skills: Counter<'platform' | 'source' | 'change'>;
  private readonly dropped: Counter<'platform'>;
  private readonly priorities: Counter<'outcome'>;
  private readonly queues: Counter<'platform' | 'system' | 'outcome'>;

  constructor(registry: MetricsRegistry) {
    this.claims = registry.counter('datadip_agent_claims_total', 'Claims of agents, by outcome', ['outcome']);
    this.matches = registry.counter(
      'datadip_agent_skill_matches_total',
      'Agents claimed by skill, by the rule that chose the agent',
      ['matched_by'],
    );
    this.events = registry.counter('datadip_agent_events_total', 'Agent events, by outcome', ['source', 'outcome']);
    this.drift = registry.counter(
      'datadip_agent_drift_total',
      'Agents whose stored status differed from the platform',
      ['platform'],
    );
    this.agents = registry.gauge('datadip_agents', 'Known agents, by last reported status', ['tenant', 'status']);
    this.runs = registry.counter(
      'datadip_agent_reconciliations_total',
      'Reconciliation runs of this process, by outcome',
      ['platform', 'system', 'outcome'],
    );
    this.agentsRead = registry.gauge(
      'datadip_agent_reconciliation_agents',
      'Agents read in the running or the last reconciliation of this process',
      ['platform', 'system'],
    );
    this.lastSuccess = registry.gauge(
      'datadip_agent_reconciliation_last_success_timestamp_seconds',
      'Time of the last successful reconciliation in the region',
      ['platform', 'system'],
    );
    this.lastDuration = registry.gauge(
      'datadip_agent_reconciliation_duration_seconds',
      'Duration of the last reconciliation of this process',
      ['platform', 'system'],
    );
    this.memberships = registry.counter(
      'datadip_agent_memberships_changed_total',
      'Queue memberships that the platform changed: joined, left, or refused by a limit',
      ['platform', 'source', 'change'],
    );
    this.skills = registry.counter(
      'datadip_agent_skills_changed_total',
      'Agents whose skills the platform changed: changed, or refused by a limit',
      ['platform', 'source', 'change'],
    );
    this.dropped = registry.counter(
      'datadip_agent_skills_dropped_total',
      'Skills of the platform that exceed a limit and are not stored',
      ['platform'],
    );
    this.priorities = registry.counter(
      'datadip_agent_priorities_total',
      'Computations of agents.priority: changed, unchanged, failed (store), or no_number (expression)',
      ['outcome'],
    );
    this.queues = registry.counter(
      'datadip_agent_queue_readings_total',
      'Readings of the members of a queue: confirmed, unconfirmed, partial or failed',
      ['platform', 'system', 'outcome'],
    );
  }

  countClaim(outcome: ClaimOutcome, count = 1): void {
    if (count > 0) this.claims.inc({ outcome }, count);
  }

  countMatch(matchedBy: MatchedBy): void {
    this.matches.inc({ matched_by: matchedBy });
  }

  eventHandled(source: AgentEventSource, outcome: AgentEventOutcome | RefusedReport): void {
    const isRefused = outcome === 'too-many-agents' || outcome === 'store-full';
    this.events.inc({ source, outcome: isRefused ? 'refused' : outcome });
  }

  agentDrifted(platform: ReconcileConfig['platform']): void {
    this.drift.inc({ platform });
  }

  membershipChanged(platform: ReadPlatform, source: AssignmentSource, change: 'joined' | 'left' | 'refused'): void {
    this.memberships.inc({ platform, source, change });
  }

  skillsChanged(platform: ReadPlatform, source: AssignmentSource, change: 'changed' | 'refused'): void {
    this.skills.inc({ platform, source, change });
  }

  skillsDropped(platform: ReadPlatform, count: number): void {
    if (count > 0) this.dropped.inc({ platform }, count);
  }

  priorityComputed(outcome: PriorityOutcome): void {
    this.priorities.inc({ outcome });
  }

  queueRead({ platform, system }: Directory, outcome: Completeness | 'failed'): void {
    this.queues.inc({ platform, system, outcome });
  }

  /** The number of tenants is bounded by the active tenants of the process. */
  agentsCounted(tenant: string, status: string, count: number): void {
    this.agents.set({ tenant, status }, count);
  }

  reconciliationRead({ platform, system }: Directory, agents: number): void {
    this.agentsRead.set({ platform, system }, agents);
  }

  reconciliationSucceededAt({ platform, system }: Directory, atS: number): void {
    this.lastSuccess.set({ platform, system }, atS);
  }

  reconciliationEnded({ platform, system }: Directory, outcome: 'done' | 'failed', seconds: number): void {
    this.runs.inc({ platform, system, outcome });
    this.lastDuration.set({ platform, system }, seconds);
  }
}
