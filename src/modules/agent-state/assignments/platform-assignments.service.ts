import { Injectable } from '@nestjs/common';
import type { DirectorySkill } from '../../../contracts/agent-directory.js';
import { MAX_SKILLS_PER_AGENT, normalizeSkill } from '../../../contracts/skills.js';
import { AgentMetrics, type AssignmentSource, type ReadPlatform } from '../agent.metrics.js';
import { AgentLimits } from '../internal/agent-limits.js';
import { AgentPriorities } from '../priority/agent-priorities.service.js';
import { AgentStore, type Membership } from '../store/agent-store.js';

/** The platform that made a statement, the source from which Datadip knows it, and its time. */
export interface Said {
  readonly platform: ReadPlatform;
  readonly source: AssignmentSource;
  /** The start of a reading, or the platform's own time of an event; Unix milliseconds. */
  readonly atMs: number;
}

/**
 * Stores the queues and skills that the platforms give to agents: the source `read` of the store.
 *
 * Guarantees:
 * - Declarations of callers never change here.
 * - Of two statements about the same membership, the one with the later time counts, in any order
 *   of arrival. The same holds for the skills of an agent.
 */
@Injectable()
export class PlatformAssignments {
  constructor(
    private readonly store: AgentStore,
    private readonly metrics: AgentMetrics,
    private readonly limits: AgentLimits,
    private readonly priorities: AgentPriorities,
  ) {}

  /** @returns whether the platform's membership changed */
  async setMember(membership: Membership, isMember: boolean, { platform, source, atMs }: Said): Promise<boolean> {
    if (!isMember) {
      const result = await this.store.leave(membership, 'read', atMs);
      const hasLeft = result === 'left' || result === 'kept';
      if (hasLeft) this.metrics.membershipChanged(platform, source, 'left');
      return hasLeft;
    }
    const { firstScore } = this.priorities;
    const result = await this.store.join(membership, firstScore, this.priorities.sourceFor('read'), atMs);
    if (result === 'joined') this.priorities.changed(membership);
    if (result === 'unchanged' || result === 'older') return false;
    this.metrics.membershipChanged(platform, source, result === 'joined' ? 'joined' : 'refused');
    // There is no caller to answer, so the refusal is only logged.
    if (result !== 'joined') this.limits.refuse(membership.tenant, result);
    return result === 'joined';
  }

  /**
   * Replaces the skills that the platform gives to the agent.
   *
   * @param skills an empty list takes all of them away
   * @returns whether they changed
   */
  async setSkills(
    { tenant, agentId }: Pick<Membership, 'tenant' | 'agentId'>,
    skills: readonly DirectorySkill[],
    { platform, source, atMs }: Said,
  ): Promise<boolean> {
    const named = byNormalizedName(skills);
    const kept = new Map([...named].slice(0, MAX_SKILLS_PER_AGENT));
    const { outcome, dropped } = await this.store.setSkills({ tenant, agentId, source: 'read', skills: kept, atMs });
    this.metrics.skillsDropped(platform, named.size - kept.size + dropped);
    if (outcome === 'unchanged' || outcome === 'older') return false;
    this.metrics.skillsChanged(platform, source, outcome === 'applied' ? 'changed' : 'refused');
    if (outcome === 'applied') this.priorities.changed({ tenant, agentId });
    else this.limits.refuse(tenant, outcome);
    return outcome === 'applied';
  }
}

/** Of several skills with the same normalized name, the highest proficiency counts. */
function byNormalizedName(skills: readonly DirectorySkill[]): Map<string, number> {
  const named = new Map<string, number>();
  for (const { name, proficiency } of skills) {
    const key = normalizeSkill(name);
    if (key !== undefined) named.set(key, Math.max(proficiency, named.get(key) ?? 0));
  }
  return named;
}
