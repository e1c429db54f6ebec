import type { AgentReport } from '../agent-report.js';
import {
  FORGOTTEN_AFTER_MS,
  MAX_MEMBERS,
  MAX_QUEUES,
  type AgentState,
  type AgentStatus,
  type AgentTerms,
  type Claimed,
  type ClaimRequest,
  type QueuePage,
  type Reported,
  type Swept,
} from '../agent-store.js';
import { priorityDigits } from './place-in-line.js';
import {
  callOf,
  described,
  digits,
  newestOf,
  registerWrites,
  statusOf,
  timeOf,
  type RegisterName,
} from './registers.js';
import { SortedLine } from './sorted-line.js';

/** Of a developer's machine. Beyond, the agent silent for longest is forgotten, and a further queue is refused. */
const MAX_AGENTS = 100_000;
const MAX_QUEUES_IN_ALL = 10_000;

interface Lock {
  readonly token: string;
  readonly fence: number;
  readonly queueId: string;
  readonly call: ClaimRequest['call'];
  untilMs: number;
  held: boolean;
}

interface Agent {
  readonly id: string;
  readonly registers: Partial<Record<RegisterName, string>>;
  status: AgentStatus;
  heardMs: number;
  /** Not idle before, as digits. */
  notBefore: string;
  /** Idle since, as it stands in the lines; absent: it stands in none. */
  stands: string | undefined;
  lock: Lock | undefined;
}

interface Queue {
  /** Agent to score. */
  readonly members: Map<string, number>;
  readonly free: SortedLine;
}

/** The agents of one tenant inside this process. What `scripts/pool.lua` says of keys and fields holds here of maps and members. */
export class MemoryTenant {
  /** In the order they were heard of. */
  private readonly agents = new Map<string, Agent>();
  private readonly queues = new Map<string, Queue>();
  /** Agent to queues; an agent in none is not here. */
  private readonly memberships = new Map<string, Set<string>>();
  private readonly locked = new Set<Agent>();
  private readonly calls = new Map<string, Agent>();
  private fence = 0;

  constructor(private readonly terms: AgentTerms) {}

  report(report: AgentReport, nowMs: number, latestMs: number): Reported {
    const registers = { ...this.agents.get(report.agentId)?.registers };
    let [clamped, heard] = [false, false];
    for (const { name, atMs, verdict, rest } of registerWrites(report)) {
      if (atMs > latestMs) clamped = true;
      const text = digits(atMs > latestMs ? nowMs : atMs) + verdict + rest;
      if (text < (registers[name] ?? '')) continue;
      heard = true;
      registers[name] = text;
    }
    if (!heard) return { outcome: 'older', clamped, changed: false };
    const before = this.agents.get(report.agentId)?.status;
    const agent = this.agent(report.agentId);
    Object.assign(agent.registers, registers);
    agent.status = statusOf(registers);
    agent.heardMs = nowMs;
    this.settle(agent, nowMs);
    this.makeRoom(nowMs);
    return { outcome: 'applied', clamped, changed: before !== undefined && before !== agent.status };
  }

  claim({ queueId, call, token }: ClaimRequest, nowMs: number): Claimed {
    const expired = this.giveBack(nowMs);
    const before = call === undefined ? undefined : this.calls.get(call.hash);
    if (before?.lock !== undefined) return { kind: 'repeated', claim: claimOf(before.id, before.lock, nowMs), expired };
    const free = this.queues.get(queueId)?.free;
    for (let first = free?.first; first !== undefined; first = free?.first) {
      const agent = this.agents.get(first.slice(24));
      if (agent === undefined || this.isStale(agent, nowMs)) {
        if (agent !== undefined) this.settle(agent, nowMs);
        free?.remove(first);
        continue;
      }
      const lock = this.lock(agent, { token, queueId, call }, nowMs);
      return { kind: 'claimed', claim: claimOf(agent.id, lock, nowMs), expired };
    }
    return { kind: 'none', expired };
  }

  confirm(agentId: string, token: string, nowMs: number): number | undefined {
    const lock = this.standing(agentId, token, nowMs)?.lock;
    if (lock === undefined) return undefined;
    if (!lock.held) Object.assign(lock, { held: true, untilMs: nowMs + this.terms.holdMs });
    return lock.untilMs - nowMs;
  }

  release(agentId: string, token: string, toTheBack: boolean, nowMs: number): boolean {
    const agent = this.standing(agentId, token, nowMs);
    if (agent !== undefined) this.unlock(agent, toTheBack, nowMs);
    return agent !== undefined;
  }

  endCall(callHash: string, agentId: string | undefined, nowMs: number): boolean {
    const agent = this.calls.get(callHash);
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
    const known = this.memberships.get(agentId) ?? new Set();
    const queue = this.queues.get(queueId) ?? { members: new Map<string, number>(), free: new SortedLine() };
    const isFull =
      known.size >= MAX_QUEUES || queue.members.size >= MAX_MEMBERS || this.queues.size >= MAX_QUEUES_IN_ALL;
    if (!known.has(queueId) && isFull) return false;
    this.memberships.set(agentId, known.add(queueId));
    this.queues.set(queueId, queue);
    const since = this.agents.get(agentId)?.stands;
    const before = queue.members.get(agentId);
    if (since !== undefined && before !== undefined) queue.free.remove(place(before, since, agentId));
    queue.members.set(agentId, score);
    if (since !== undefined) queue.free.add(place(score, since, agentId));
    return true;
  }

  leave(queueId: string, agentId: string): boolean {
    const queue = this.queues.get(queueId);
    const score = queue?.members.get(agentId);
    if (queue === undefined || score === undefined) return false;
    const since = this.agents.get(agentId)?.stands;
    if (since !== undefined) queue.free.remove(place(score, since, agentId));
    queue.members.delete(agentId);
    const queues = this.memberships.get(agentId);
    queues?.delete(queueId);
    if (queues?.size === 0) this.memberships.delete(agentId);
    if (queue.members.size === 0) this.queues.delete(queueId);
    return true;
  }

  page(queueId: string, offset: number, limit: number, nowMs: number): QueuePage {
    const all = [...(this.queues.get(queueId)?.members ?? [])];
    const sorted = all.sort(([one, low], [other, high]) => low - high || (one < other ? -1 : 1));
    const members = sorted.slice(offset, offset + limit).map(([agentId, priorityScore]) => ({
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
  private agent(id: string): Agent {
    const agent: Agent = this.agents.get(id) ?? {
      ...{ id, registers: {}, status: 'OFFLINE', heardMs: 0 },
      ...{ notBefore: '', stands: undefined, lock: undefined },
    };
    this.agents.delete(id);
    this.agents.set(id, agent);
    return agent;
  }

  private isStale({ heardMs }: Agent, nowMs: number): boolean {
    return heardMs + this.terms.agentTtlMs <= nowMs;
  }

  private standing(agentId: string, token: string, nowMs: number): Agent | undefined {
    const agent = this.agents.get(agentId);
    return agent?.lock?.token === token && agent.lock.untilMs > nowMs ? agent : undefined;
  }

  private lock(agent: Agent, terms: Pick<Lock, 'token' | 'queueId' | 'call'>, nowMs: number): Lock {
    this.fence = Math.max(this.fence + 1, nowMs * 1000);
    const lock = { ...terms, fence: this.fence, untilMs: nowMs + this.terms.leaseMs, held: false };
    agent.lock = lock;
    this.locked.add(agent);
    if (terms.call !== undefined) this.calls.set(terms.call.hash, agent);
    this.settle(agent, nowMs);
    return lock;
  }

  private unlock(agent: Agent, toTheBack: boolean, nowMs: number): void {
    if (agent.lock?.call !== undefined) this.calls.delete(agent.lock.call.hash);
    this.locked.delete(agent);
    if (agent.lock !== undefined && toTheBack) agent.notBefore = digits(nowMs);
    agent.lock = undefined;
    this.settle(agent, nowMs);
  }

  private giveBack(nowMs: number): number {
    const over = [...this.locked].filter(({ lock }) => lock !== undefined && lock.untilMs <= nowMs);
    for (const agent of over) this.unlock(agent, true, nowMs);
    return over.length;
  }

  /** Puts the agent into the lines of all its queues, or out of them, as its state demands. */
  private settle(agent: Agent, nowMs: number): void {
    const may = agent.status === 'AVAILABLE' && agent.lock === undefined && !this.isStale(agent, nowMs);
    const idleSince = timeOf(newestOf(agent.registers));
    const wanted = may ? (agent.notBefore > idleSince ? agent.notBefore : idleSince) : undefined;
    for (const queueId of this.memberships.get(agent.id) ?? []) {
      const queue = this.queues.get(queueId);
      const score = queue?.members.get(agent.id);
      if (queue === undefined || score === undefined) continue;
      if (agent.stands !== undefined) queue.free.remove(place(score, agent.stands, agent.id));
      if (wanted !== undefined) queue.free.add(place(score, wanted, agent.id));
    }
    agent.stands = wanted;
  }
}

function place(score: number, since: string, agentId: string): string {
  return `${priorityDigits(score)}${since}:${agentId}`;
}

function claimOf(agentId: string, { token, fence, untilMs, queueId }: Lock, nowMs: number) {
  return { agentId, lockToken: token, fence, lockExpiresInMs: untilMs - nowMs, queueId };
}
