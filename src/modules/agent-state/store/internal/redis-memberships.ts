import type { SkillRequirement } from '../../../../contracts/skills.js';
import type { Deadline } from '../../../../kernel/deadline.js';
import { StoreUnavailable } from '../../../../kernel/errors.js';
import type { RedisConnection } from '../../../../platform/redis/redis-connection.js';
import {
  MAX_AGENTS_PER_QUEUE,
  MAX_CLOCK_AHEAD_MS,
  MAX_MEMBERSHIPS_PER_TENANT,
  MAX_QUEUES_PER_AGENT,
  type JoinResult,
  type Membership,
} from '../agent-store.js';
import { priorityDigits } from '../queue-position.js';
import { LEFT_REMEMBERED_MS, type Availability, type LeaveResult, type RecordSource } from '../skill-claims.js';
import { sourceOf, type AgentSlice, type JoinSource } from '../rule-scores.js';
import { AgentKeys } from './agent-keys.js';
import { readQueues } from './agent-queues.js';
import { agentOfRecord } from './agent-record.js';
import type { AgentRunner } from './agent-runner.js';
import { COUNT_AVAILABLE, INDEX_MEMBER, JOIN_QUEUE, LEAVE_QUEUE } from './agent-scripts.js';
import type { LostData } from './lost-data.js';
import { requirementArgs } from './requirement-args.js';

/** Agents of which one command reads the entries. */
const PAGE_SIZE = 500;
/** Members that are indexed at a time. */
const INDEXED_TOGETHER = 50;
/** How often a queue is indexed. While a queue is indexed, agents may join it. */
const MAX_ATTEMPTS = 3;
/** Locks that are searched for the first one of a queue's members. */
const MAX_LOCKS_SEARCHED = 512;

const JOIN_RESULTS = [
  ...(['joined', 'too-many-queues', 'too-many-members', 'too-many-memberships', 'store-full'] as const),
  ...(['unchanged', 'older'] as const),
];
const LEAVE_RESULTS = ['none', 'left', 'kept', 'older'] as const;

/** Changes and counts the members of queues in Redis, and keeps their bitmaps. */
export class RedisMemberships {
  constructor(
    private readonly connection: RedisConnection,
    private readonly runner: AgentRunner,
    private readonly lostData: LostData,
  ) {}

  async join(
    membership: Membership,
    priorityScore: number,
    source: JoinSource,
    atMs: number | undefined,
  ): Promise<JoinResult> {
    const keys = AgentKeys.of(membership.tenant);
    const limits = [MAX_QUEUES_PER_AGENT, MAX_AGENTS_PER_QUEUE, MAX_MEMBERSHIPS_PER_TENANT];
    const keeps = source === 'declared-by-rule' || source === 'read-by-rule' ? 1 : 0;
    const times = [this.lostData.staleAfterMs(keys), MAX_CLOCK_AHEAD_MS];
    const score = [priorityDigits(priorityScore), ...limits, ...times, keeps];
    const reply = await this.runner.call(JOIN_QUEUE, ...change(keys, membership, source, atMs, score));
    return JOIN_RESULTS[reply as number] ?? 'joined';
  }

  async leave(membership: Membership, source: RecordSource, atMs: number | undefined): Promise<LeaveResult> {
    const keys = AgentKeys.of(membership.tenant);
    const reply = await this.runner.call(
      LEAVE_QUEUE,
      ...change(keys, membership, source, atMs, [LEFT_REMEMBERED_MS, MAX_CLOCK_AHEAD_MS]),
    );
    return LEAVE_RESULTS[reply as number] ?? 'none';
  }

  async listRead(tenant: string, queueId: string): Promise<string[]> {
    const keys = AgentKeys.of(tenant);
    return (await this.agentsIn(keys, keys.readMemberBits(queueId))).flatMap(([, agentId]) => agentId ?? []);
  }

  async listReadQueues(tenant: string, agentId: string): Promise<string[]> {
    const key = AgentKeys.of(tenant).queuesOf(agentId);
    const queues = await this.connection.run((client) => client.hgetall(key), key);
    return Object.keys(queues).filter((queueId) => /^[\d.]+[rbc]/.test(queues[queueId] ?? ''));
  }

  async availability(
    tenant: string,
    queueId: string,
    requirements: readonly SkillRequirement[],
  ): Promise<Omit<Availability, 'expired'>> {
    const keys = AgentKeys.of(tenant);
    const ofQueue = [keys.members(queueId), keys.memberBits(queueId), ...keys.states, keys.leases, keys.scratch];
    const declared = [...ofQueue, ...requirements.map((each) => levelKey(keys, each))];
    const args = [MAX_LOCKS_SEARCHED, ...requirementArgs(requirements)];
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const reply = await this.runner.call(COUNT_AVAILABLE, declared, args);
      if (reply !== null) {
        const [available, busy, offline, stale, withSkills, firstFreeInMs] = reply as CountReply;
        return { available, busy, offline, stale, withSkills, firstFreeInMs };
      }
      await this.index(keys, queueId);
    }
    throw new StoreUnavailable('the members of the queue changed at every attempt');
  }

  /**
   * Makes the bitmap of a queue equal to its members. An earlier version, which may still run
   * somewhere, changes members without it.
   *
   * @param deadline no step begins after it; the next call goes on
   */
  async index(keys: AgentKeys, queueId: string, deadline?: Deadline): Promise<void> {
    const key = keys.members(queueId);
    const members = await this.connection.run((client) => client.zrange(key, 0, -1), key);
    const indexed = await this.agentsIn(keys, keys.memberBits(queueId));
    const isMember = new Set(members);
    const isIndexed = new Set(indexed.map(([, agentId]) => agentId));
    for (const [ordinal, agentId] of indexed) if (agentId === undefined) await this.clear(keys, queueId, ordinal);
    const wrong: [agentId: string, ordinal?: number][] = [
      ...members.filter((agentId) => !isIndexed.has(agentId)).map((agentId): [string] => [agentId]),
      ...indexed.flatMap(([ordinal, agentId]): [string, number][] =>
        agentId === undefined || isMember.has(agentId) ? [] : [[agentId, ordinal]],
      ),
    ];
    for (let first = 0; first < wrong.length && deadline?.remainingMs() !== 0; first += INDEXED_TOGETHER) {
      const agents = wrong.slice(first, first + INDEXED_TOGETHER);
      await Promise.all(agents.map(([agentId, ordinal]) => this.indexMember(keys, queueId, agentId, ordinal)));
    }
  }

  /** Brings the agent's bits in line with its state, in each of its queues. */
  async indexAgent(keys: AgentKeys, agentId: string): Promise<void> {
    const place = keys.queuesOf(agentId);
    const queues = await readQueues(this.connection, place);
    await Promise.all(queues.map((queueId) => this.indexMember(keys, queueId, agentId)));
  }

  private async indexMember(keys: AgentKeys, queueId: string, agentId: string, ordinal?: number): Promise<void> {
    const ofAgent = [keys.agent(agentId), keys.queuesOf(agentId), keys.members(queueId), keys.locks];
    const declared = [...ofAgent, ...keys.index, keys.ordinals, ...bitsOf(keys, queueId), keys.free(queueId)];
    const args = [agentId, queueId, this.lostData.staleAfterMs(keys), ordinal ?? ''];
    await this.runner.call(INDEX_MEMBER, declared, args);
  }

  private async clear(keys: AgentKeys, queueId: string, ordinal: number): Promise<void> {
    for (const key of bitsOf(keys, queueId)) await this.connection.run((client) => client.setbit(key, ordinal, 0), key);
  }

  /** Lists agents with a queue or a skill by their ordinals. */
  async listIndexed(keys: AgentKeys, from: number, limit: number): Promise<AgentSlice> {
    const { ordinals: key, roster } = keys;
    const bits = await this.connection.run((client) => client.getBuffer(key), key);
    const ordinals = ordinalsIn(bits ?? Buffer.alloc(0)).filter((ordinal) => ordinal >= from);
    const fields = ordinals.slice(0, limit).map(String);
    if (fields.length === 0) return { agentIds: [], next: undefined };
    const records = await this.connection.run((client) => client.hmget(roster, ...fields), roster);
    return { agentIds: records.flatMap((record) => agentOfRecord(record) ?? []), next: ordinals[limit] };
  }

  /** The ordinals in a bitmap, and their agents. `undefined` means the ordinal is free. */
  private async agentsIn(
    { roster }: AgentKeys,
    key: string,
  ): Promise<[ordinal: number, agentId: string | undefined][]> {
    const bits = await this.connection.run((client) => client.getBuffer(key), key);
    const ordinals = ordinalsIn(bits ?? Buffer.alloc(0));
    const found: [number, string | undefined][] = [];
    for (let first = 0; first < ordinals.length; first += PAGE_SIZE) {
      const page = ordinals.slice(first, first + PAGE_SIZE);
      const records = await this.connection.run((client) => client.hmget(roster, ...page.map(String)), roster);
      found.push(...page.map((ordinal, at): [number, string | undefined] => [ordinal, agentOfRecord(records[at])]));
    }
    return found;
  }
}

type CountReply = readonly [
  ...[available: number, busy: number, offline: number, stale: number],
  ...[withSkills: number, firstFreeInMs: number],
];

/** The bitmap of the agents that may meet the requirement. */
export function levelKey(keys: AgentKeys, { skill, minimum }: SkillRequirement): string {
  return keys.skill(skill, Math.floor(minimum));
}

const SOURCE_LETTERS: Readonly<Record<JoinSource, string>> = {
  ...{ declared: 'd', 'declared-by-rule': 'u' },
  ...{ read: 'r', 'read-by-rule': 'r' },
};

/** Keys and arguments of a change of membership. */
function change(
  keys: AgentKeys,
  { agentId, queueId }: Membership,
  source: JoinSource,
  atMs: number | undefined,
  further: readonly (string | number)[],
): [keys: string[], args: (string | number)[]] {
  const ofAgent = [keys.agent(agentId), keys.queuesOf(agentId), keys.members(queueId), keys.free(queueId)];
  const ofTenant = [keys.memberships, keys.locks, ...keys.index, keys.ordinals, ...bitsOf(keys, queueId)];
  const declared = [...ofAgent, ...ofTenant, ...(sourceOf(source) === 'read' ? [keys.left] : [])];
  const at = atMs === undefined ? '' : Math.max(0, Math.trunc(atMs));
  return [declared, [agentId, queueId, SOURCE_LETTERS[source], at, ...further]];
}

function bitsOf(keys: AgentKeys, queueId: string): [members: string, read: string] {
  return [keys.memberBits(queueId), keys.readMemberBits(queueId)];
}

function ordinalsIn(bits: Buffer): number[] {
  const ordinals: number[] = [];
  for (const [at, byte] of bits.entries())
    for (let bit = 0; byte !== 0 && bit < 8; bit += 1) if ((byte & (128 >> bit)) !== 0) ordinals.push(8 * at + bit);
  return ordinals;
}
