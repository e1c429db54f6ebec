/** This file exceeds 220 lines because the model is one class: every rule uses all agents. */

import type { StatePart, Availability } from '../../../src/contracts/agent-report.js';
import type { SkillRequirement, Skills, Wanted } from '../../../src/contracts/skills.js';
import type {
  Availability as QueueAvailability,
  LeaveResult,
  RecordSource,
  SkillMatch,
} from '../../../src/modules/agent-state/store/skill-claims.js';
import type {
  AgentStatus,
  AgentStoreOptions,
  ReleaseOutcome,
} from '../../../src/modules/agent-state/store/agent-store.js';

interface ModelLock {
  readonly token: string;
  readonly call: string | undefined;
  readonly match: SkillMatch | undefined;
  untilMs: number;
  held: boolean;
}

interface ModelMembership {
  readonly declared: number | undefined;
  readonly read: { readonly score: number; readonly atMs: number } | undefined;
}

/** A claim must get this. */
export interface ModelClaim {
  readonly id: string;
  readonly token: string;
  readonly match: SkillMatch | undefined;
}

interface ModelAgent {
  readonly reported: Map<StatePart, { readonly atMs: number; readonly availability: Availability }>;
  readonly queues: Map<string, ModelMembership>;
  /** When read memberships of queues ended. */
  readonly left: Map<string, number>;
  readonly skills: Partial<Record<RecordSource, { readonly atMs: number; readonly skills: Skills }>>;
  lastReportMs: number | undefined;
  /** 0 means none. */
  lastInteractionMs: number;
  notBeforeMs: number;
  lock: ModelLock | undefined;
}

/** In the order of caution: of two reports with the same time the more cautious one wins. */
const CAUTION: readonly Availability[] = ['free', 'busy', 'off'];

/**
 * The simplest form of agents, locks and queues: no sorted queues and no sweeps.
 * Each call computes its result from all agents.
 */
export class Model {
  private readonly agents = new Map<string, ModelAgent>();

  constructor(
    private readonly terms: AgentStoreOptions,
    private readonly nowMs: () => number,
  ) {}

  report(id: string, parts: readonly StatePart[], availability: Availability, atMs: number): 'applied' | 'older' {
    const agent = this.agent(id);
    const newer = parts.filter((part) => {
      const known = agent.reported.get(part);
      if (known === undefined || atMs > known.atMs) return true;
      return atMs === known.atMs && CAUTION.indexOf(availability) >= CAUTION.indexOf(known.availability);
    });
    for (const part of newer) {
      const endsWork =
        part !== 'presence' && agent.reported.get(part)?.availability === 'busy' && availability === 'free';
      if (endsWork) this.interacted(agent, atMs);
      agent.reported.set(part, { atMs, availability });
    }
    if (newer.length > 0) agent.lastReportMs = this.nowMs();
    return newer.length > 0 ? 'applied' : 'older';
  }

  join(id: string, queue: string, score: number, source: RecordSource, atMs: number): 'joined' | 'unchanged' | 'older' {
    const { queues, left } = this.agent(id);
    const before = queues.get(queue) ?? { declared: undefined, read: undefined };
    if (source === 'declared') {
      queues.set(queue, { ...before, declared: score });
      return 'joined';
    }
    if (atMs < (before.read?.atMs ?? left.get(queue) ?? 0)) return 'older';
    queues.set(queue, { ...before, read: { score, atMs } });
    return before.read?.score === score ? 'unchanged' : 'joined';
  }

  leave(id: string, queue: string, source: RecordSource, atMs: number): LeaveResult {
    const agent = this.agent(id);
    const before = agent.queues.get(queue);
    if (source === 'read') {
      if (before?.read !== undefined && atMs < before.read.atMs) return 'older';
      agent.left.set(queue, Math.max(atMs, agent.left.get(queue) ?? 0));
    }
    if (before?.[source] === undefined) return 'none';
    const after = { ...before, [source]: undefined };
    const isLeft = after.declared === undefined && after.read === undefined;
    if (isLeft) agent.queues.delete(queue);
    else agent.queues.set(queue, after);
    this.forget(agent);
    return isLeft ? 'left' : 'kept';
  }

  setSkills(id: string, source: RecordSource, skills: Skills, atMs: number): 'set' | 'older' {
    const agent = this.agent(id);
    if ((agent.skills[source]?.atMs ?? 0) > atMs) return 'older';
    agent.skills[source] = { atMs, skills };
    this.forget(agent);
    return 'set';
  }

  skillsOf(id: string): Skills {
    const { declared, read } = this.agent(id).skills;
    return new Map([...(read?.skills ?? []), ...(declared?.skills ?? [])]);
  }

  /**
   * Returns the agent that a claim must get, or why there is none. Ends all expired locks first.
   */
  claim(queue: string, call: string | undefined, token: string, wanted?: Wanted): ModelClaim | 'none' | 'lacks skills' {
    this.endExpired();
    for (const [id, { lock }] of this.agents)
      if (call !== undefined && lock?.call === call) return { id, token: lock.token, match: lock.match };
    const free = this.members(queue).filter((id) => this.isClaimable(id));
    const order = (id: string): number[] => [this.scoreOf(id, queue), this.idleSince(this.agent(id))];
    free.sort((id, otherId) => compare(order(id), order(otherId)) || (id < otherId ? -1 : 1));
    const [id, match] = wanted === undefined ? [free[0], undefined] : this.choose(queue, free, wanted);
    if (id === undefined) return this.lacksSkills(queue, wanted) ? 'lacks skills' : 'none';
    this.agent(id).lock = { token, call, match, untilMs: this.nowMs() + this.terms.claimTtlMs, held: false };
    return { id, token, match };
  }

  availability(
    queue: string,
    requirements: readonly SkillRequirement[],
  ): Omit<QueueAvailability, 'firstFreeInMs' | 'expired'> {
    const count = { available: 0, busy: 0, offline: 0, stale: 0, withSkills: 0 };
    for (const id of this.members(queue)) {
      const status = this.statusOf(id);
      if (this.agent(id).lock !== undefined) count.busy += 1;
      else if (status === undefined) count.offline += 1;
      else if (this.isStale(id)) count.stale += 1;
      else if (status === 'OFFLINE') count.offline += 1;
      else if (status === 'BUSY') count.busy += 1;
      else {
        count.available += 1;
        if (this.meets(id, requirements)) count.withSkills += 1;
      }
    }
    return count;
  }

  /** @param free in the order of the queue */
  private choose(
    queue: string,
    free: readonly string[],
    { evaluation, requirements, preferred }: Wanted,
  ): [id: string | undefined, match: SkillMatch | undefined] {
    const fitting = free.filter((id) => evaluation === 'disregard' || this.meets(id, requirements));
    const scoreOf = (id: string): number =>
      requirements.reduce((sum, { skill }) => sum + (this.skillsOf(id).get(skill) ?? 0), 0);
    const wish = preferred.find((id) => fitting.includes(id));
    if (wish !== undefined) return [wish, { matchedBy: 'preferred', score: scoreOf(wish) }];
    const order = (id: string): number[] => [-scoreOf(id), this.scoreOf(id, queue), this.agent(id).lastInteractionMs];
    const [first] =
      evaluation === 'best' ? fitting.toSorted((id, otherId) => compare(order(id), order(otherId))) : fitting;
    return first === undefined ? [undefined, undefined] : [first, { matchedBy: evaluation, score: scoreOf(first) }];
  }

  private lacksSkills(queue: string, wanted: Wanted | undefined): boolean {
    if (wanted === undefined || wanted.evaluation === 'disregard' || wanted.requirements.length === 0) return false;
    return !this.members(queue).some((id) => this.meets(id, wanted.requirements));
  }

  private meets(id: string, requirements: readonly SkillRequirement[]): boolean {
    return requirements.every(({ skill, minimum }) => (this.skillsOf(id).get(skill) ?? -1) >= minimum);
  }

  private members(queue: string): string[] {
    return [...this.agents].filter(([, { queues }]) => queues.has(queue)).map(([id]) => id);
  }

  private scoreOf(id: string, queue: string): number {
    const { declared, read } = this.agent(id).queues.get(queue) ?? {};
    return declared ?? read?.score ?? 0;
  }

  confirm(id: string, token: string): boolean {
    const lock = this.currentLock(id, token);
    if (lock !== undefined && !lock.held)
      Object.assign(lock, { held: true, untilMs: this.nowMs() + this.terms.holdMs });
    return lock !== undefined;
  }

  release(id: string, token: string, outcome: ReleaseOutcome): boolean {
    const isHeld = this.currentLock(id, token) !== undefined;
    if (isHeld) this.unlock(this.agent(id), outcome !== 'failed');
    return isHeld;
  }

  endCall(call: string): boolean {
    const agent = [...this.agents.values()].find(({ lock }) => lock?.call === call && lock.held);
    if (agent !== undefined) this.unlock(agent, true);
    return agent !== undefined;
  }

  sweep(): void {
    this.endExpired();
  }

  statusOf(id: string): AgentStatus | undefined {
    const { reported, lastReportMs } = this.agent(id);
    if (lastReportMs === undefined) return undefined;
    const [presence, routing, work] = (['presence', 'routing', 'work'] as const).map(
      (part) => reported.get(part)?.availability,
    );
    if (presence === 'off' || (presence === undefined && routing === 'off')) return 'OFFLINE';
    return presence === 'free' && routing === 'free' && work !== 'busy' ? 'AVAILABLE' : 'BUSY';
  }

  isStale(id: string): boolean {
    return (this.agent(id).lastReportMs ?? -Infinity) + this.terms.agentTtlMs <= this.nowMs();
  }

  private isClaimable(id: string): boolean {
    return this.statusOf(id) === 'AVAILABLE' && !this.isStale(id) && this.agent(id).lock === undefined;
  }

  private idleSince({ reported, notBeforeMs }: ModelAgent): number {
    return Math.max(notBeforeMs, ...[...reported.values()].map(({ atMs }) => atMs));
  }

  private endExpired(): void {
    for (const agent of this.agents.values())
      if (agent.lock !== undefined && agent.lock.untilMs <= this.nowMs()) this.unlock(agent, true);
  }

  private unlock(agent: ModelAgent, toTheBack: boolean): void {
    if (agent.lock?.held === true) this.interacted(agent, this.nowMs());
    agent.lock = undefined;
    if (toTheBack) agent.notBeforeMs = this.nowMs();
  }

  private interacted(agent: ModelAgent, atMs: number): void {
    agent.lastInteractionMs = Math.max(agent.lastInteractionMs, atMs);
    this.forget(agent);
  }

  /** Nothing is remembered about an agent without queues and skills. */
  private forget(agent: ModelAgent): void {
    const isSkilled = Object.values(agent.skills).some(({ skills }) => skills.size > 0);
    if (agent.queues.size === 0 && !isSkilled) agent.lastInteractionMs = 0;
  }

  private currentLock(id: string, token: string): ModelLock | undefined {
    const { lock } = this.agent(id);
    return lock?.token === token && lock.untilMs > this.nowMs() ? lock : undefined;
  }

  private agent(id: string): ModelAgent {
    const known = this.agents.get(id);
    if (known !== undefined) return known;
    const agent: ModelAgent = {
      reported: new Map(),
      queues: new Map(),
      left: new Map(),
      skills: {},
      lastReportMs: undefined,
      lastInteractionMs: 0,
      notBeforeMs: -Infinity,
      lock: undefined,
    };
    this.agents.set(id, agent);
    return agent;
  }
}

function compare(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((number, index) => number !== right[index]);
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}
