import type { AgentReport } from '../../../../contracts/agent-report.js';
import {
  DELETED_AFTER_MS,
  type AgentState,
  type AgentStoreOptions,
  type ClaimResult,
  type ClaimRequest,
  type ClaimVerdict,
  type QueuePage,
  type ReportResult,
  type SweepResult,
} from '../agent-store.js';
import { newAgent, type MemoryAgent } from './memory-agent.js';
import { toClaim, MemoryLocks, activeLock } from './memory-locks.js';
import { MemoryQueues } from './memory-queues.js';
import { mergedRegisters } from './merged-registers.js';
import { callOf, described, digits, newestOf, registerWrites, statusOf, timeOf } from './agent-registers.js';

/** Of a developer's machine. Beyond, the agent silent for longest is forgotten. */
const MAX_AGENTS = 100_000;

/** The agents of one tenant inside this process. What `scripts/shared.lua` says of keys and fields holds here of maps and members. */
export class MemoryTenant {
  /** In the order they were heard of. */
  private readonly agents = new Map<string, MemoryAgent>();
  private readonly queues = new MemoryQueues();
  private readonly locks = new MemoryLocks();

  constructor(private readonly terms: AgentStoreOptions) {}

  applyReport(report: AgentReport, nowMs: number, latestMs: number): ReportResult {
    const known = this.agents.get(report.agentId);
    const stale = known !== undefined && this.isStale(known, nowMs);
    const terms = { nowMs, latestMs, asked: report.fromDirectory === true, stale };
    const merged = mergedRegisters(known?.registers ?? {}, registerWrites(report), terms);
    const { registers, clamped, taken, heard } = merged;
    const outcome = taken ? 'applied' : 'older';
    if (!taken && !heard) return { outcome, clamped, changed: false };
    const before = known?.status;
    const agent = known ?? newAgent(report.agentId);
    Object.assign(agent.registers, registers);
    agent.status = statusOf(registers);
    if (heard) this.markReported(agent, nowMs);
    this.updateQueues(agent, nowMs);
    this.makeRoom(nowMs);
    return { outcome, clamped, changed: before !== undefined && before !== agent.status };
  }

  claim(request: ClaimRequest, nowMs: number): ClaimResult {
    const expired = this.endExpiredLocks(nowMs);
    const { queueId, call } = request;
    const before = call === undefined ? undefined : this.locks.agentOfCall(call.hash);
    if (before?.lock !== undefined) {
      const { pending } = before.lock;
      return { kind: 'repeated', claim: toClaim(before.id, before.lock, nowMs), pending, expired };
    }
    for (let first = this.queues.firstFree(queueId); first !== undefined; first = this.queues.firstFree(queueId)) {
      const agent = this.agents.get(first);
      if (agent === undefined || this.isStale(agent, nowMs)) {
        if (agent === undefined) this.queues.removeFirstFree(queueId);
        else this.updateQueues(agent, nowMs);
        continue;
      }
      const lock = this.locks.lock(agent, request, nowMs, this.terms.leaseMs);
      this.updateQueues(agent, nowMs);
      return { kind: 'claimed', claim: toClaim(agent.id, lock, nowMs), pending: lock.pending, expired };
    }
    return { kind: 'none', expired };
  }

  resolve(agentId: string, token: string, verdict: ClaimVerdict, nowMs: number): boolean {
    const agent = this.agents.get(agentId);
    const lock = activeLock(agent, token, nowMs);
    if (agent === undefined || lock?.pending !== true) return false;
    lock.pending = false;
    if (verdict === 'confirmed') return true;
    if (agent.status === 'AVAILABLE') this.locks.forgetCall(lock);
    else this.unlock(agent, true, nowMs);
    return true;
  }

  confirm(agentId: string, token: string, nowMs: number): number | undefined {
    const lock = activeLock(this.agents.get(agentId), token, nowMs);
    if (lock === undefined) return undefined;
    if (!lock.held) Object.assign(lock, { held: true, untilMs: nowMs + this.terms.holdMs });
    return lock.untilMs - nowMs;
  }

  release(agentId: string, token: string, toTheBack: boolean, nowMs: number): boolean {
    const agent = this.agents.get(agentId);
    if (agent === undefined || activeLock(agent, token, nowMs) === undefined) return false;
    this.unlock(agent, toTheBack, nowMs);
    return true;
  }

  endCall(callHash: string, agentId: string | undefined, nowMs: number): boolean {
    const agent = this.locks.agentOfCall(callHash);
    if (agent?.lock?.held !== true || (agentId ?? agent.id) !== agent.id) return false;
    this.unlock(agent, true, nowMs);
    return true;
  }

  read(agentId: string, nowMs: number): AgentState | undefined {
    const agent = this.agents.get(agentId);
    if (agent === undefined) return undefined;
    const { status, registers, lock } = agent;
    const locked = lock !== undefined && lock.untilMs > nowMs;
    return {
      agentId,
      status,
      stale: this.isStale(agent, nowMs),
      currentCallId: (locked ? lock.call?.callId : undefined) ?? callOf(registers),
      locked,
      lastUpdated: Number(timeOf(newestOf(registers))),
      ...described(registers),
    };
  }

  join(queueId: string, agentId: string, score: number): boolean {
    return this.queues.join(queueId, agentId, score, this.agents.get(agentId)?.queuedSince);
  }

  leave(queueId: string, agentId: string): boolean {
    return this.queues.leave(queueId, agentId, this.agents.get(agentId)?.queuedSince);
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

  private delete(agent: MemoryAgent, nowMs: number): void {
    agent.reportedAtMs = -Infinity;
    this.unlock(agent, false, nowMs);
    this.agents.delete(agent.id);
  }

  private makeRoom(nowMs: number): void {
    if (this.agents.size <= MAX_AGENTS) return;
    const silent = [...this.agents.values()].find(({ lock }) => lock === undefined);
    if (silent !== undefined) this.delete(silent, nowMs);
  }

  /** Last in the order of hearing from here on. */
  private markReported(agent: MemoryAgent, nowMs: number): void {
    agent.reportedAtMs = nowMs;
    this.agents.delete(agent.id);
    this.agents.set(agent.id, agent);
  }

  private isStale({ reportedAtMs }: MemoryAgent, nowMs: number): boolean {
    return reportedAtMs + this.terms.agentTtlMs <= nowMs;
  }

  private unlock(agent: MemoryAgent, toTheBack: boolean, nowMs: number): void {
    if (agent.lock !== undefined && toTheBack) agent.idleNotBefore = digits(nowMs);
    this.locks.unlock(agent);
    this.updateQueues(agent, nowMs);
  }

  private endExpiredLocks(nowMs: number): number {
    const over = this.locks.expired(nowMs);
    for (const agent of over) this.unlock(agent, true, nowMs);
    return over.length;
  }

  /** Puts the agent into the lines of all its queues, or out of them, as its state demands. */
  private updateQueues(agent: MemoryAgent, nowMs: number): void {
    const may = agent.status === 'AVAILABLE' && agent.lock === undefined && !this.isStale(agent, nowMs);
    const idleSince = timeOf(newestOf(agent.registers));
    this.queues.move(agent, may ? (agent.idleNotBefore > idleSince ? agent.idleNotBefore : idleSince) : undefined);
  }
}
