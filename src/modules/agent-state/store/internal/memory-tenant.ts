import type { AgentReport } from '../../../../contracts/agent-report.js';
import { mergeRegisters, newestRegister, timeDigits, timeOf } from '../../../../kernel/last-writer-wins.js';
import type { SkillRequirement } from '../../../../contracts/skills.js';
import {
  DELETED_AFTER_MS,
  type AgentState,
  type AgentStoreOptions,
  type ClaimRequest,
  type ClaimResult,
  type ClaimVerdict,
  type JoinResult,
  type Membership,
  type QueuePage,
  type ReportResult,
  type SweepResult,
} from '../agent-store.js';
import type { AgentRegions } from '../agent-regions.js';
import { sourceOf, type JoinSource } from '../rule-scores.js';
import type { Availability, LeaveResult, RecordSource, SkillsChange, SkillsResult } from '../skill-claims.js';
import { endedInteractionMs, platformStateOf, registerWrites } from './agent-registers.js';
import { endsAbsence, isMissedTwice, newAgent, stateOf, takeRegisters, type MemoryAgent } from './memory-agent.js';
import { activeLock, MemoryLocks, toClaim } from './memory-locks.js';
import { MemoryRuleScores } from './memory-rule-scores.js';
import { MemoryOrdinals } from './memory-ordinals.js';
import { MemoryQueues, type MembershipChange } from './memory-queues.js';
import { countMembers } from './memory-availability.js';
import { chooseBySkill, isLackingSkills, type Chosen } from './memory-skill-claim.js';
import { MemorySkills } from './memory-skills.js';

/**
 * More than a developer's machine needs. With more agents, the agent whose last report is oldest is
 * deleted.
 */
const MAX_AGENTS = 100_000;

/**
 * This file exceeds 220 lines because it holds every operation of a tenant.
 *
 * The agents of one tenant in this process. Its maps and members match the keys and fields in
 * `scripts/shared.lua`.
 */
export class MemoryTenant {
  /** In the order of their last reports. */
  private readonly agents = new Map<string, MemoryAgent>();
  private readonly ordinals = new MemoryOrdinals();
  readonly queues = new MemoryQueues(this.ordinals);
  readonly skills = new MemorySkills();
  readonly rule = new MemoryRuleScores(this.queues, this.skills, (agentId) => this.agents.get(agentId)?.queuedSince);
  private readonly locks = new MemoryLocks();
  /** Agents that claims took out because their region was silent. */
  private readonly silenced = new Set<MemoryAgent>();
  private isClosed = false;

  constructor(
    private readonly options: AgentStoreOptions,
    private readonly regions: AgentRegions,
  ) {}

  applyReport(report: AgentReport, nowMs: number, latestMs: number): ReportResult {
    const known = this.agents.get(report.agentId);
    const stale = known !== undefined && this.isStaleOrSilent(known, nowMs);
    const options = { nowMs, latestMs, current: report.fromDirectory === true, stale };
    const merged = mergeRegisters(known?.registers ?? {}, registerWrites(report), options);
    const { registers, clamped, applied, refreshed } = merged;
    const outcome = applied ? 'applied' : 'older';
    const agent = known ?? newAgent(report.agentId);
    const returns = endsAbsence(agent, registers, options.current);
    if (!applied && !refreshed && !returns) return { outcome, clamped, changed: false };
    const before = known?.status;
    this.noteInteraction(agent, endedInteractionMs(agent.registers, registers));
    takeRegisters(agent, registers, returns);
    if (refreshed) this.markReported(agent, nowMs);
    this.updateQueues(agent, nowMs);
    this.makeRoom(nowMs);
    return { outcome, clamped, changed: before !== undefined && before !== agent.status };
  }

  markAbsent(agentId: string, readFromMs: number | undefined, nowMs: number): boolean {
    const agent = this.agents.get(agentId);
    if (agent === undefined || agent.isGone) return false;
    if (readFromMs !== undefined && !isMissedTwice(agent, readFromMs, nowMs)) return false;
    const changed = agent.status !== 'OFFLINE';
    Object.assign(agent, { isGone: true, missedAtMs: undefined, status: 'OFFLINE' });
    this.markReported(agent, nowMs);
    this.updateQueues(agent, nowMs);
    return changed;
  }

  claim(request: ClaimRequest, nowMs: number): ClaimResult {
    const expired = this.endExpiredLocks(nowMs);
    if (this.isClosed) return { kind: 'none', isClosed: true, expired };
    const { call, pending, skipsSilent } = request;
    const takesSilent = pending === true && skipsSilent !== true;
    const before = call === undefined ? undefined : this.locks.agentOfCall(call);
    if (before?.lock !== undefined) {
      const { pending } = before.lock;
      return { kind: 'repeated', claim: toClaim(before.id, before.lock, nowMs), pending, expired };
    }
    const chosen = this.choose(request, takesSilent, nowMs);
    if (chosen === undefined) {
      const lacksSkills = isLackingSkills(request.wanted, this.skills, this.queues.memberIds(request.queueId));
      return { kind: 'none', ...(lacksSkills && { lacksSkills }), expired };
    }
    const { agent, match } = chosen;
    const lock = this.locks.lock(agent, request, match, nowMs, this.options.claimTtlMs);
    this.updateQueues(agent, nowMs);
    return { kind: 'claimed', claim: toClaim(agent.id, lock, nowMs), pending: lock.pending, expired };
  }

  private choose({ queueId, wanted }: ClaimRequest, takesSilent: boolean, nowMs: number): Chosen | undefined {
    const free = this.claimable(queueId, this.queues.free(queueId), takesSilent, nowMs);
    if (wanted === undefined) {
      const [first] = free;
      return first;
    }
    const members = wanted.preferred.filter((agentId) => this.queues.score(queueId, agentId) !== undefined);
    const preferred = this.claimable(queueId, members, takesSilent, nowMs);
    return chooseBySkill(wanted, this.skills, preferred, free, nowMs);
  }

  /**
   * Yields the agents that can be claimed, and removes the others from the free agents of the
   * queue.
   */
  private *claimable(
    queueId: string,
    agentIds: Iterable<string>,
    takesSilent: boolean,
    nowMs: number,
  ): Generator<{ readonly agent: MemoryAgent; readonly priorityScore: number }, undefined> {
    for (const agentId of agentIds) {
      const agent = this.agents.get(agentId);
      if (agent?.queuedSince === undefined) continue;
      if (this.isStale(agent, nowMs)) this.updateQueues(agent, nowMs);
      else if (!takesSilent && this.isSilent(agent, nowMs)) {
        this.silenced.add(agent);
        this.queues.removeFree(queueId, agentId, agent.queuedSince);
      } else yield { agent, priorityScore: this.queues.score(queueId, agentId) ?? 0 };
    }
  }

  /** @returns the last fence */
  setClosed(isClosed: boolean): number {
    this.isClosed = isClosed;
    return this.locks.lastFence;
  }

  resolve(agentId: string, token: string, verdict: ClaimVerdict, nowMs: number): boolean {
    const agent = this.agents.get(agentId);
    const lock = activeLock(agent, token, nowMs);
    if (agent === undefined || lock?.pending !== true) return false;
    lock.pending = false;
    if (verdict === 'verified') return true;
    if (agent.status === 'AVAILABLE') this.locks.detachCall(lock);
    else this.unlock(agent, true, nowMs);
    return true;
  }

  confirm(agentId: string, token: string, day: string | undefined, nowMs: number): number | undefined {
    const lock = activeLock(this.agents.get(agentId), token, nowMs);
    if (lock === undefined) return undefined;
    if (!lock.confirmed && day !== undefined) this.rule.countCall(agentId, day);
    if (!lock.confirmed) Object.assign(lock, { confirmed: true, untilMs: nowMs + this.options.holdMs });
    return lock.untilMs - nowMs;
  }

  release(agentId: string, token: string, toTheBack: boolean, nowMs: number): boolean {
    const agent = this.agents.get(agentId);
    if (agent === undefined || activeLock(agent, token, nowMs) === undefined) return false;
    this.unlock(agent, toTheBack, nowMs);
    return true;
  }

  endCall(callHash: string, agentId: string | undefined, nowMs: number): boolean {
    const ended = this.locks
      .agentsOfCall(callHash)
      .filter(({ id, lock }) => lock?.confirmed === true && (agentId ?? id) === id);
    for (const agent of ended) this.unlock(agent, true, nowMs);
    return ended.length > 0;
  }

  read(agentId: string, nowMs: number): AgentState | undefined {
    const agent = this.agents.get(agentId);
    if (agent === undefined) return undefined;
    return stateOf(agent, this.isStaleOrSilent(agent, nowMs), nowMs);
  }

  join(membership: Membership, score: number, source: JoinSource, atMs: number, nowMs: number): JoinResult {
    const isByRule = source === 'declared-by-rule' || source === 'read-by-rule';
    return this.queues.join(this.changeOf(membership, sourceOf(source), atMs), score, isByRule, nowMs);
  }

  leave(membership: Membership, source: RecordSource, atMs: number): LeaveResult {
    const result = this.queues.leave(this.changeOf(membership, source, atMs));
    this.forgetUnused(membership.agentId);
    return result;
  }

  setSkills(change: SkillsChange): SkillsResult {
    const result = this.skills.set(change);
    if (this.isIndexed(change.agentId)) this.ordinals.of(change.agentId);
    return result;
  }

  availability(queueId: string, requirements: readonly SkillRequirement[], nowMs: number): Availability {
    const members = [...this.queues.memberIds(queueId)].map((id) => ({ id, agent: this.agents.get(id) }));
    const isStale = (agent: MemoryAgent): boolean => this.isStale(agent, nowMs);
    return countMembers(members, (id) => this.skills.meets(id, requirements), isStale, nowMs);
  }

  listMembers(queueId: string, offset: number, limit: number, nowMs: number): QueuePage {
    const all = this.queues.members(queueId);
    const members = all.slice(offset, offset + limit).map(([agentId, priorityScore]) => ({
      agentId,
      priorityScore,
      state: this.read(agentId, nowMs),
    }));
    return { total: all.length, members };
  }

  listNotReportedSince(sinceMs: number, offset: number, limit: number): string[] {
    const all = [...this.agents.values()].filter(({ reportedAtMs }) => reportedAtMs <= sinceMs);
    return all.slice(offset, offset + limit).map(({ id }) => id);
  }

  sweep(nowMs: number): SweepResult {
    const expired = this.endExpiredLocks(nowMs);
    const counts = { AVAILABLE: 0, BUSY: 0, OFFLINE: 0 };
    for (const agent of this.agents.values()) {
      if (agent.reportedAtMs > nowMs - DELETED_AFTER_MS) counts[agent.status] += 1;
      else this.delete(agent, nowMs);
    }
    return { expired, counts };
  }

  restore(nowMs: number): void {
    for (const agent of this.silenced) {
      if (this.isSilent(agent, nowMs)) continue;
      this.silenced.delete(agent);
      if (this.agents.get(agent.id) === agent) this.updateQueues(agent, nowMs);
    }
  }

  private changeOf({ queueId, agentId }: Membership, source: RecordSource, atMs: number): MembershipChange {
    return { queueId, agentId, source, atMs, queuedSince: this.agents.get(agentId)?.queuedSince };
  }

  /**
   * Redis knows the last interaction and the ordinal only of an agent with a queue, or with skills
   * now or before.
   */
  private isIndexed(agentId: string): boolean {
    return this.queues.hasQueues(agentId) || this.skills.has(agentId);
  }

  private noteInteraction(agent: MemoryAgent, endedMs: number): void {
    if (this.isIndexed(agent.id)) agent.lastInteractionMs = Math.max(agent.lastInteractionMs, endedMs);
  }

  private forgetUnused(agentId: string): void {
    if (this.isIndexed(agentId)) return;
    const agent = this.agents.get(agentId);
    if (agent !== undefined) agent.lastInteractionMs = 0;
    this.ordinals.release(agentId);
  }

  private delete(agent: MemoryAgent, nowMs: number): void {
    agent.reportedAtMs = -Infinity;
    this.unlock(agent, false, nowMs);
    this.agents.delete(agent.id);
    this.rule.delete(agent.id);
    this.silenced.delete(agent);
  }

  private makeRoom(nowMs: number): void {
    if (this.agents.size <= MAX_AGENTS) return;
    const oldest = [...this.agents.values()].find(({ lock }) => lock === undefined);
    if (oldest !== undefined) this.delete(oldest, nowMs);
  }

  /** Moves the agent to the end of the report order. */
  private markReported(agent: MemoryAgent, nowMs: number): void {
    agent.reportedAtMs = nowMs;
    this.agents.delete(agent.id);
    this.agents.set(agent.id, agent);
  }

  private isStale({ reportedAtMs }: MemoryAgent, nowMs: number): boolean {
    return reportedAtMs + this.options.agentTtlMs <= nowMs;
  }

  private isStaleOrSilent(agent: MemoryAgent, nowMs: number): boolean {
    return this.isStale(agent, nowMs) || this.isSilent(agent, nowMs);
  }

  private isSilent({ registers, reportedAtMs }: MemoryAgent, nowMs: number): boolean {
    return this.regions.isSilent(platformStateOf(registers, false).region, reportedAtMs, nowMs);
  }

  private unlock(agent: MemoryAgent, toTheBack: boolean, nowMs: number): void {
    if (agent.lock !== undefined && toTheBack) agent.idleNotBefore = timeDigits(nowMs);
    if (agent.lock?.confirmed === true) this.noteInteraction(agent, nowMs);
    this.locks.unlock(agent);
    this.updateQueues(agent, nowMs);
  }

  private endExpiredLocks(nowMs: number): number {
    const expired = this.locks.expired(nowMs);
    for (const agent of expired) this.unlock(agent, true, nowMs);
    return expired.length;
  }

  /** Adds the agent to the free agents of its queues, or removes it, as its state demands. */
  private updateQueues(agent: MemoryAgent, nowMs: number): void {
    const isFree = agent.status === 'AVAILABLE' && agent.lock === undefined && !this.isStale(agent, nowMs);
    const reportedSince = timeOf(newestRegister(agent.registers));
    const idleSince = agent.idleNotBefore > reportedSince ? agent.idleNotBefore : reportedSince;
    this.queues.move(agent, isFree ? idleSince : undefined);
  }
}
