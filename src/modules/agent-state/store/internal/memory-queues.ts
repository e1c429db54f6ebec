import {
  MAX_AGENTS_PER_QUEUE,
  MAX_MEMBERSHIPS_PER_TENANT,
  MAX_QUEUES_PER_AGENT,
  type JoinResult,
} from '../agent-store.js';
import type { MemoryAgent } from './memory-agent.js';
import { agentAtPosition, queuePosition } from '../queue-position.js';
import { SortedQueue } from './sorted-queue.js';

interface Queue {
  /** Priority score by agent id. */
  readonly members: Map<string, number>;
  /** Positions of the members that can be claimed now. */
  readonly free: SortedQueue;
}

/** The members of each queue, and the free agents among them. */
export class MemoryQueues {
  private readonly queues = new Map<string, Queue>();
  /** Queue ids by agent id; an agent without queues has no entry. */
  private readonly memberships = new Map<string, Set<string>>();
  /** Memberships of all queues. */
  private count = 0;

  /**
   * @param queuedSince idle time in the agent's positions; `undefined` means the agent is not free
   */
  join(queueId: string, agentId: string, score: number, queuedSince: string | undefined): JoinResult {
    const memberships = this.memberships.get(agentId) ?? new Set();
    const queue = this.queues.get(queueId) ?? { members: new Map<string, number>(), free: new SortedQueue() };
    if (!memberships.has(queueId)) {
      if (memberships.size >= MAX_QUEUES_PER_AGENT) return 'too-many-queues';
      if (queue.members.size >= MAX_AGENTS_PER_QUEUE) return 'too-many-members';
      if (this.count >= MAX_MEMBERSHIPS_PER_TENANT) return 'too-many-memberships';
      this.count += 1;
    }
    this.memberships.set(agentId, memberships.add(queueId));
    this.queues.set(queueId, queue);
    const before = queue.members.get(agentId);
    if (queuedSince !== undefined && before !== undefined)
      queue.free.remove(queuePosition(before, queuedSince, agentId));
    queue.members.set(agentId, score);
    if (queuedSince !== undefined) queue.free.add(queuePosition(score, queuedSince, agentId));
    return 'joined';
  }

  leave(queueId: string, agentId: string, queuedSince: string | undefined): boolean {
    const queue = this.queues.get(queueId);
    const score = queue?.members.get(agentId);
    if (queue === undefined || score === undefined) return false;
    if (queuedSince !== undefined) queue.free.remove(queuePosition(score, queuedSince, agentId));
    queue.members.delete(agentId);
    this.count -= 1;
    const memberships = this.memberships.get(agentId);
    memberships?.delete(queueId);
    if (memberships?.size === 0) this.memberships.delete(agentId);
    if (queue.members.size === 0) this.queues.delete(queueId);
    return true;
  }

  /** Agent ids and their scores, lowest score first. */
  members(queueId: string): [agentId: string, score: number][] {
    const members = [...(this.queues.get(queueId)?.members ?? [])];
    return members.sort(([id, low], [otherId, high]) => low - high || (id < otherId ? -1 : 1));
  }

  /** The free agent with the first position; `undefined` means the queue has no free agent. */
  firstFree(queueId: string): string | undefined {
    const position = this.queues.get(queueId)?.free.first;
    return position === undefined ? undefined : agentAtPosition(position);
  }

  removeFirstFree(queueId: string): void {
    const free = this.queues.get(queueId)?.free;
    if (free?.first !== undefined) free.remove(free.first);
  }

  /**
   * Moves the agent to its new position in all its queues.
   *
   * @param queuedSince idle time of the new positions; `undefined` removes the agent from the free
   *   agents
   */
  move(agent: MemoryAgent, queuedSince: string | undefined): void {
    for (const queueId of this.memberships.get(agent.id) ?? []) {
      const queue = this.queues.get(queueId);
      const score = queue?.members.get(agent.id);
      if (queue === undefined || score === undefined) continue;
      if (agent.queuedSince !== undefined) queue.free.remove(queuePosition(score, agent.queuedSince, agent.id));
      if (queuedSince !== undefined) queue.free.add(queuePosition(score, queuedSince, agent.id));
    }
    agent.queuedSince = queuedSince;
  }
}
