import { LRUCache } from 'lru-cache';
import { agentEventKey } from '../../../../contracts/agent-ids.js';

/** The binary digits of an idle time that have a bitmap, the highest first. */
const ORDER_DIGITS = Array.from({ length: 38 }, (_, index) => 41 - index);
const remembered = new LRUCache<string, AgentKeys>({ max: 1000 });

/**
 * The Redis keys of one tenant's agents. All keys have the hash tag `{tenant}`, so they are in one
 * cluster slot, and one script can use all of them.
 */
export class AgentKeys {
  private readonly tag: string;
  /** Locks, the locks of each call, and the last fence. `scripts/shared.lua` describes it. */
  readonly locks: string;
  /** Agents by last report. */
  readonly known: string;
  /** Locked agents by the end of their lock. */
  readonly leases: string;
  readonly counts: string;
  /** The regions of agents that other regions reported. */
  readonly regions: string;
  /** Agents that claims took out because their region was silent. */
  readonly silenced: string;
  /** Number of memberships of all queues. */
  readonly memberships: string;
  /** The records of agents by ordinal. `scripts/index.lua` describes the keys of the index. */
  readonly roster: string;
  readonly ordinals: string;
  /** Number of agents per skill. */
  readonly skillNames: string;
  /** When read memberships ended. */
  readonly left: string;
  /** Dates of hire, and calls of a day. `scripts/set-rule-scores.lua` describes it. */
  readonly profiles: string;
  /** Results of intersections. */
  readonly scratch: string;
  readonly spare: string;
  /** The bitmaps of the digits of idle times, as `scripts/index.lua` describes them. */
  readonly order: readonly string[];
  /** The roster and the bitmaps of states, in the order in which scripts declare them. */
  readonly states: readonly [roster: string, free: string, offline: string, stale: string];
  /** The keys of the index that a script needs to change an agent. */
  readonly index: readonly string[];

  private constructor(readonly tenant: string) {
    this.tag = `{${tenant}}`;
    this.locks = `agents:${this.tag}:locks`;
    this.known = `agents:${this.tag}:known`;
    this.leases = `agents:${this.tag}:leases`;
    this.counts = `agents:${this.tag}:counts`;
    this.regions = `agents:${this.tag}:regions`;
    this.silenced = `agents:${this.tag}:silenced`;
    this.memberships = `agents:${this.tag}:memberships`;
    this.roster = `agents:${this.tag}:roster`;
    this.ordinals = `agents:${this.tag}:ordinals`;
    this.skillNames = `agents:${this.tag}:skill-names`;
    this.left = `agents:${this.tag}:left`;
    this.profiles = `agents:${this.tag}:profiles`;
    this.scratch = `agents:${this.tag}:scratch`;
    this.spare = `agents:${this.tag}:spare`;
    const bits = (name: string): string => `agents:${this.tag}:${name}-bits`;
    this.states = [this.roster, bits('free'), bits('offline'), bits('stale')];
    this.order = ORDER_DIGITS.map((digit) => bits(`idle-${digit}`));
    this.index = [...this.states, ...this.order];
  }

  static of(tenant: string): AgentKeys {
    let keys = remembered.get(tenant);
    if (keys === undefined) {
      keys = new AgentKeys(tenant);
      remembered.set(tenant, keys);
    }
    return keys;
  }

  /**
   * The bitmap of the agents with at least this proficiency.
   *
   * @param level 0 to 5
   */
  skill(name: string, level: number): string {
    return `agents:${this.tag}:skill:${name}:${level}`;
  }

  memberBits(queueId: string): string {
    return `queue:${this.tag}:${queueId}:agent-bits`;
  }

  readMemberBits(queueId: string): string {
    return `queue:${this.tag}:${queueId}:read-bits`;
  }

  agent(agentId: string): string {
    return `agent:${this.tag}:${agentId}`;
  }

  queuesOf(agentId: string): string {
    return `agent:${this.tag}:${agentId}:queues`;
  }

  members(queueId: string): string {
    return `queue:${this.tag}:${queueId}:agents`;
  }

  free(queueId: string): string {
    return `queue:${this.tag}:${queueId}:idle`;
  }

  event(eventHash: string): string {
    return agentEventKey(this.tenant, eventHash);
  }

  /**
   * No key of Redis: the place for which a call id is sealed. A sealed call id opens only at its
   * place.
   */
  call(callHash: string): string {
    return `agent-call:${this.tag}:${callHash}`;
  }
}
