import { growingLru } from '../../../../platform/memory/growing-lru.js';
import {
  MAX_AGENTS_PER_QUEUE,
  MAX_MEMBERSHIPS_PER_TENANT,
  MAX_QUEUES_PER_AGENT,
  type JoinResult,
} from '../agent-store.js';
import { LEFT_REMEMBERED_MS, type LeaveResult, type RecordSource } from '../skill-claims.js';
import type { MemoryAgent } from './memory-agent.js';
import { ordinalAtPosition, queuePosition } from '../queue-position.js';
import type { MemoryOrdinals } from './memory-ordinals.js';
import { readAtMs, ruleScoreOf, scoreOf, withRuleScore, type Member } from './memory-member.js';
import { SortedQueue } from './sorted-queue.js';

interface Queue {
  readonly members: Map<string, Member>;
  /** Positions of the members that can be claimed now. */
  readonly free: SortedQueue;
}

/** A change of a membership by one source. */
export interface MembershipChange {
  readonly queueId: string;
  readonly agentId: string;
  readonly source: RecordSource;
  /** Of a read membership. An older change than the stored one is ignored. */
  readonly atMs: number;
  /** The idle time in the agent's positions; `undefined` means that the agent is not free. */
  readonly queuedSince: string | undefined;
}

/** More than the memberships that end within `LEFT_REMEMBERED_MS`. The oldest are forgotten. */
const MAX_LEFT = 100_000;

/** The members of each queue, and the free agents among them. */
export class MemoryQueues {
  private readonly queues = new Map<string, Queue>();
  /** Queue ids by agent id; an agent without queues has no entry. */
  private readonly memberships = new Map<string, Set<string>>();
  /** Memberships of all queues. */
  private count = 0;
  /** When read memberships ended, by queue and agent. */
  private readonly left = growingLru<number>(MAX_LEFT);

  constructor(private readonly ordinals: MemoryOrdinals) {}

  /** @param isByRule `true` means that the score counts until the rule has set one */
  join(change: MembershipChange, given: number, isByRule: boolean, nowMs: number): JoinResult {
    const { queueId, agentId, source, atMs } = change;
    const before = this.queues.get(queueId)?.members.get(agentId);
    if (source === 'read' && Math.max(readAtMs(before), this.leftMs(change, nowMs)) > atMs) return 'older';
    const refusal = before === undefined ? this.refusal(queueId, agentId) : undefined;
    if (refusal !== undefined) return refusal;
    const score = (isByRule ? ruleScoreOf(before) : undefined) ?? given;
    this.write(change, joined(before, change, score, isByRule));
    return source === 'read' && before?.read?.score === score ? 'unchanged' : 'joined';
  }

  leave(change: MembershipChange): LeaveResult {
    const { queueId, agentId, source, atMs } = change;
    const before = this.queues.get(queueId)?.members.get(agentId);
    if (source === 'read') {
      if (readAtMs(before) > atMs) return 'older';
      const key = leftKey(change);
      this.left.set(key, Math.max(atMs, this.left.get(key) ?? 0));
    }
    if (before?.[source] === undefined) return 'none';
    const after = { ...before, [source]: undefined };
    const isKept = scoreOf(after) !== undefined;
    this.write(change, isKept ? after : undefined);
    return isKept ? 'kept' : 'left';
  }

  /** Agent ids and their scores, lowest score first. */
  members(queueId: string): [agentId: string, score: number][] {
    const members = [...(this.queues.get(queueId)?.members ?? [])];
    return members
      .map(([id, member]): [string, number] => [id, scoreOf(member) ?? 0])
      .sort(([id, low], [otherId, high]) => low - high || (id < otherId ? -1 : 1));
  }

  /** In no order. */
  memberIds(queueId: string): Iterable<string> {
    return this.queues.get(queueId)?.members.keys() ?? [];
  }

  /** `undefined` means that the agent is no member. */
  score(queueId: string, agentId: string): number | undefined {
    const member = this.queues.get(queueId)?.members.get(agentId);
    return member === undefined ? undefined : scoreOf(member);
  }

  readMembers(queueId: string): string[] {
    const members = [...(this.queues.get(queueId)?.members ?? [])];
    return members.filter(([, { read }]) => read !== undefined).map(([id]) => id);
  }

  readQueues(agentId: string): string[] {
    const queues = [...(this.memberships.get(agentId) ?? [])];
    return queues.filter((queueId) => this.queues.get(queueId)?.members.get(agentId)?.read !== undefined);
  }

  /** The queues in which the agent has a score of the rule, and that score. */
  ruleScores(agentId: string): Map<string, number> {
    const queues = [...(this.memberships.get(agentId) ?? [])];
    return new Map(
      queues.flatMap((queueId): [string, number][] => {
        const score = ruleScoreOf(this.queues.get(queueId)?.members.get(agentId));
        return score === undefined ? [] : [[queueId, score]];
      }),
    );
  }

  /** @returns whether the score changed */
  setRuleScore(change: Omit<MembershipChange, 'source' | 'atMs'>, score: number): boolean {
    const before = this.queues.get(change.queueId)?.members.get(change.agentId);
    const former = ruleScoreOf(before);
    if (before === undefined || former === undefined || former === score) return false;
    this.write(change, withRuleScore(before, score));
    return true;
  }

  /** The agents that have a queue. */
  agentIds(): Iterable<string> {
    return this.memberships.keys();
  }

  hasQueues(agentId: string): boolean {
    return this.memberships.has(agentId);
  }

  /** Yields the free agents of the queue in the order in which they are claimed. */
  *free(queueId: string): Generator<string, undefined> {
    for (const text of this.queues.get(queueId)?.free.walk() ?? []) yield this.ordinals.agent(ordinalAtPosition(text));
  }

  /** Removes one agent from the free agents of one queue. */
  removeFree(queueId: string, agentId: string, queuedSince: string): void {
    const score = this.score(queueId, agentId);
    if (score !== undefined) this.queues.get(queueId)?.free.remove(this.position(score, queuedSince, agentId));
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
      const score = this.score(queueId, agent.id);
      if (queue === undefined || score === undefined) continue;
      if (agent.queuedSince !== undefined) queue.free.remove(this.position(score, agent.queuedSince, agent.id));
      if (queuedSince !== undefined) queue.free.add(this.position(score, queuedSince, agent.id));
    }
    agent.queuedSince = queuedSince;
  }

  private position(score: number, queuedSince: string, agentId: string): string {
    return queuePosition(score, queuedSince, this.ordinals.of(agentId));
  }

  private refusal(queueId: string, agentId: string): JoinResult | undefined {
    if ((this.memberships.get(agentId)?.size ?? 0) >= MAX_QUEUES_PER_AGENT) return 'too-many-queues';
    if ((this.queues.get(queueId)?.members.size ?? 0) >= MAX_AGENTS_PER_QUEUE) return 'too-many-members';
    return this.count >= MAX_MEMBERSHIPS_PER_TENANT ? 'too-many-memberships' : undefined;
  }

  /** @param after `undefined` removes the member */
  private write(
    { queueId, agentId, queuedSince }: Omit<MembershipChange, 'source' | 'atMs'>,
    after: Member | undefined,
  ): void {
    const queue = this.queues.get(queueId) ?? { members: new Map<string, Member>(), free: new SortedQueue() };
    const before = queue.members.get(agentId);
    if (queuedSince !== undefined) {
      if (before !== undefined) queue.free.remove(this.position(scoreOf(before) ?? 0, queuedSince, agentId));
      if (after !== undefined) queue.free.add(this.position(scoreOf(after) ?? 0, queuedSince, agentId));
    }
    this.count += (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
    const memberships = this.memberships.get(agentId) ?? new Set();
    if (after === undefined) {
      queue.members.delete(agentId);
      memberships.delete(queueId);
    } else {
      queue.members.set(agentId, after);
      this.ordinals.of(agentId);
      memberships.add(queueId);
    }
    setUnlessEmpty(this.queues, queueId, queue, queue.members.size);
    setUnlessEmpty(this.memberships, agentId, memberships, memberships.size);
  }

  /** When the read membership ended; 0 if it did not, or too long ago. */
  private leftMs(change: MembershipChange, nowMs: number): number {
    const leftMs = this.left.get(leftKey(change)) ?? 0;
    return leftMs + LEFT_REMEMBERED_MS > nowMs ? leftMs : 0;
  }
}

/** The member after a join of one source. */
function joined(
  before: Member | undefined,
  { source, atMs }: MembershipChange,
  score: number,
  isByRule: boolean,
): Member {
  if (source === 'declared') return { ...before, declared: { score, isByRule } };
  return withRuleScore({ ...before, read: { score, atMs } }, score);
}

function leftKey({ queueId, agentId }: MembershipChange): string {
  return `${queueId} ${agentId}`;
}

function setUnlessEmpty<T>(map: Map<string, T>, key: string, value: T, size: number): void {
  if (size === 0) map.delete(key);
  else map.set(key, value);
}
