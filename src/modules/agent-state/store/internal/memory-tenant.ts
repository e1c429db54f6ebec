import type { AgentReport } from '../../../../contracts/agent-report.js';
import {
  FORGOTTEN_AFTER_MS,
  type AgentState,
  type AgentTerms,
  type Claimed,
  type ClaimRequest,
  type ClaimVerdict,
  type QueuePage,
  type Reported,
  type Swept,
} from '../agent-store.js';
import { newAgent, type Agent } from './memory-agent.js';
import { claimOf, MemoryLocks, standingLock } from './memory-locks.js';
import { MemoryQueues } from './memory-queues.js';
import { mergedRegisters } from './merged-registers.js';
import { callOf, described, digits, newestOf, registerWrites, statusOf, timeOf } from './lww-registers.js';

/** Of a developer's machine. Beyond, the agent silent for longest is forgotten. */
const MAX_AGENTS = 100_000;

/** The agents of one tenant inside this process. What `scripts/shared.lua` says of keys and fields holds here of maps and members. */
export class MemoryTenant {
  /** In the order they were heard of. */
  private readonly agents = new Map<string, Agent>();
  private readonly queues = new MemoryQueues();
  private readonly locks = new MemoryLocks();

  constructor(private readonly terms: AgentTerms) {}

  report(report: AgentReport, nowMs: number, latestMs: number): Reported {
    const known = this.agents.get(report.agentId);
    const stale = known !== undefined && this.isStale(known, nowMs);
    const terms = { nowMs, latestMs, asked: report.asked === true, stale };
    const merged = mergedRegisters(known?.registers ?? {}, registerWrites(report), terms);
    const { registers, clamped, taken, heard } = merged;
    const outcome = taken ? 'applied' : 'older';
    if (!taken && !heard) return { outcome, clamped, changed: false };
    const before = known?.status;
    const agent = known ?? newAgent(report.agentId);
    Object.assign(agent.registers, registers);
    agent.status = statusOf(registers);
    if (heard) this.hear(agent, nowMs);
    this.settle(agent, nowMs);
    this.makeRoom(nowMs);
    return { outcome, clamped, changed: before !== undefined && before !== agent.status };
  }

  claim(request: ClaimRequest, nowMs: number): Claimed {
    const expired = this.giveBack(nowMs);
    const { queueId, call } = request;
    const before = call === undefined ? undefined : this.locks.ofCall(call.hash);
    if (before?.lock !== undefined) {
      const { pending } = before.lock;
      return { kind: 'repeated', claim: claimOf(before.id, before.lock, nowMs), pending, expired };
    }
    for (let first = this.queues.first(queueId); first !== undefined; first = this.queues.first(queueId)) {
      const agent = this.agents.get(first);
      if (agent === undefined || this.isStale(agent, nowMs)) {
        if (agent === undefined) this.queues.dropFirst(queueId);
        else this.settle(agent, nowMs);
        continue;
      }
      const lock = this.locks.take(agent, request, nowMs, this.terms.leaseMs);
      this.settle(agent, nowMs);
      return { kind: 'claimed', claim: claimOf(agent.id, lock, nowMs), pending: lock.pending, expired };
    }
    return { kind: 'none', expired };
  }

  conclude(agentId: string, token: string, verdict: ClaimVerdict, nowMs: number): boolean {
    const agent = this.agents.get(agentId);
    const lock = standingLock(agent, token, nowMs);
    if (agent === undefined || lock?.pending !== true) return false;
    lock.pending = false;
    if (verdict === 'stands') return true;
    if (agent.status === 'AVAILABLE') this.locks.forgetCall(lock);
    else this.unlock(agent, true, nowMs);
    return true;
  }

  confirm(agentId: string, token: string, nowMs: number): number | undefined {
    const lock = standingLock(this.agents.get(agentId), token, nowMs);
    if (lock === undefined) return undefined;
    if (!lock.held) Object.assign(lock, { held: true, untilMs: nowMs + this.terms.holdMs });
    return lock.untilMs - nowMs;
  }

  release(agentId: string, token: string, toTheBack: boolean, nowMs: number): boolean {
    const agent = this.agents.get(agentId);
    if (agent === undefined || standingLock(agent, token, nowMs) === undefined) return false;
    this.unlock(agent, toTheBack, nowMs);
    return true;
  }

  endCall(callHash: string, agentId: string | undefined, nowMs: number): boolean {
    const agent = this.locks.ofCall(callHash);
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
    return this.queues.join(queueId, agentId, score, this.agents.get(agentId)?.stands);
  }

  leave(queueId: string, agentId: string): boolean {
    return this.queues.leave(queueId, agentId, this.agents.get(agentId)?.stands);
  }

  page(queueId: string, offset: number, limit: number, nowMs: number): QueuePage {
    const all = this.queues.members(queueId);
    const members = all.slice(offset, offset + limit).map(([agentId, priorityScore]) => ({
      agentId,
      priorityScore,
      state: this.read(agentId, nowMs),
    }));
    return { total: all.length, members };
  }

  silent(sinceMs: number, offset: number, limit: number): string[] {
    const all = [...this.agents.values()].filter(({ heardMs }) => heardMs <= sinceMs);
    return all.slice(offset, offset + limit).map(({ id }) => id);
  }

  sweep(nowMs: number): Swept {
    const expired = this.giveBack(nowMs);
    const counts = { AVAILABLE: 0, BUSY: 0, OFFLINE: 0 };
    for (const agent of this.agents.values()) {
      if (agent.heardMs > nowMs - FORGOTTEN_AFTER_MS) counts[agent.status] += 1;
      else this.forget(agent, nowMs);
    }
    return { expired, counts };
  }

  private forget(agent: Agent, nowMs: number): void {
    agent.heardMs = -Infinity;
    this.unlock(agent, false, nowMs);
    this.agents.delete(agent.id);
  }

  private makeRoom(nowMs: number): void {
    if (this.agents.size <= MAX_AGENTS) return;
    const silent = [...this.agents.values()].find(({ lock }) => lock === undefined);
    if (silent !== undefined) this.forget(silent, nowMs);
  }

  /** Last in the order of hearing from here on. */
  private hear(agent: Agent, nowMs: number): void {
    agent.heardMs = nowMs;
    this.agents.delete(agent.id);
    this.agents.set(agent.id, agent);
  }

  private isStale({ heardMs }: Agent, nowMs: number): boolean {
    return heardMs + this.terms.agentTtlMs <= nowMs;
  }

  private unlock(agent: Agent, toTheBack: boolean, nowMs: number): void {
    if (agent.lock !== undefined && toTheBack) agent.notBefore = digits(nowMs);
    this.locks.end(agent);
    this.settle(agent, nowMs);
  }

  private giveBack(nowMs: number): number {
    const over = this.locks.over(nowMs);
    for (const agent of over) this.unlock(agent, true, nowMs);
    return over.length;
  }

  /** Puts the agent into the lines of all its queues, or out of them, as its state demands. */
  private settle(agent: Agent, nowMs: number): void {
    const may = agent.status === 'AVAILABLE' && agent.lock === undefined && !this.isStale(agent, nowMs);
    const idleSince = timeOf(newestOf(agent.registers));
    this.queues.move(agent, may ? (agent.notBefore > idleSince ? agent.notBefore : idleSince) : undefined);
  }
}
