import { MAX_AGENTS_PER_QUEUE, MAX_QUEUES_PER_AGENT } from '../agent-store.js';
import type { MemoryAgent } from './memory-agent.js';
import { priorityDigits } from './queue-position.js';
import { SortedQueue } from './sorted-queue.js';

/** Of a developer's machine; a further queue is refused. */
const MAX_QUEUES_IN_ALL = 10_000;
/** Ten digits of priority, thirteen of time, a colon. */
const BEFORE_ID = 24;

interface Queue {
  /** Agent to score. */
  readonly members: Map<string, number>;
  readonly free: SortedQueue;
}

/** Who serves which queue, and the line of those in each who may be claimed now. */
export class MemoryQueues {
  private readonly queues = new Map<string, Queue>();
  /** Agent to queues; an agent in none is not here. */
  private readonly memberships = new Map<string, Set<string>>();

  /** @param stands where the agent stands in its lines; absent: in none */
  join(queueId: string, agentId: string, score: number, stands: string | undefined): boolean {
    const known = this.memberships.get(agentId) ?? new Set();
    const queue = this.queues.get(queueId) ?? { members: new Map<string, number>(), free: new SortedQueue() };
    const isFull =
      known.size >= MAX_QUEUES_PER_AGENT ||
      queue.members.size >= MAX_AGENTS_PER_QUEUE ||
      this.queues.size >= MAX_QUEUES_IN_ALL;
    if (!known.has(queueId) && isFull) return false;
    this.memberships.set(agentId, known.add(queueId));
    this.queues.set(queueId, queue);
    const before = queue.members.get(agentId);
    if (stands !== undefined && before !== undefined) queue.free.remove(place(before, stands, agentId));
    queue.members.set(agentId, score);
    if (stands !== undefined) queue.free.add(place(score, stands, agentId));
    return true;
  }

  leave(queueId: string, agentId: string, stands: string | undefined): boolean {
    const queue = this.queues.get(queueId);
    const score = queue?.members.get(agentId);
    if (queue === undefined || score === undefined) return false;
    if (stands !== undefined) queue.free.remove(place(score, stands, agentId));
    queue.members.delete(agentId);
    const queues = this.memberships.get(agentId);
    queues?.delete(queueId);
    if (queues?.size === 0) this.memberships.delete(agentId);
    if (queue.members.size === 0) this.queues.delete(queueId);
    return true;
  }

  /** Agents and their scores, lowest first. */
  members(queueId: string): [agentId: string, score: number][] {
    const all = [...(this.queues.get(queueId)?.members ?? [])];
    return all.sort(([one, low], [other, high]) => low - high || (one < other ? -1 : 1));
  }

  /** Who is first in line; absent: nobody is. */
  firstFree(queueId: string): string | undefined {
    return this.queues.get(queueId)?.free.first?.slice(BEFORE_ID);
  }

  removeFirstFree(queueId: string): void {
    const free = this.queues.get(queueId)?.free;
    if (free?.first !== undefined) free.remove(free.first);
  }

  /** @param wanted where the agent is to stand in the lines of all its queues; absent: in none */
  move(agent: MemoryAgent, wanted: string | undefined): void {
    for (const queueId of this.memberships.get(agent.id) ?? []) {
      const queue = this.queues.get(queueId);
      const score = queue?.members.get(agent.id);
      if (queue === undefined || score === undefined) continue;
      if (agent.queuedSince !== undefined) queue.free.remove(place(score, agent.queuedSince, agent.id));
      if (wanted !== undefined) queue.free.add(place(score, wanted, agent.id));
    }
    agent.queuedSince = wanted;
  }
}

function place(score: number, since: string, agentId: string): string {
  return `${priorityDigits(score)}${since}:${agentId}`;
}
