import { LRUCache } from 'lru-cache';
import type { Deadline } from '../../../../kernel/deadline.js';
import { StoreUnavailable } from '../../../../kernel/errors.js';
import type { AgentStoreOptions, ClaimRequest, ClaimResult } from '../agent-store.js';
import type { AgentKeys } from './agent-keys.js';
import type { AgentRegions } from '../agent-regions.js';
import type { AgentChange, AgentRunner } from './agent-runner.js';
import { CLAIM_AGENT, CLAIM_BY_SKILL, CLAIM_MATCH, RELEASE_AGENT, SETTLE_AGENT } from './agent-scripts.js';
import type { CallIdCipher } from './call-id-cipher.js';
import { ExpiredLocks } from './expired-locks.js';
import type { IndexedQueues } from './indexed-queues.js';
import type { LostData } from './lost-data.js';
import type { RedisMemberships } from './redis-memberships.js';
import { addWanted, placeOf } from './wanted-call.js';
import {
  CLAIMED,
  CLOSED,
  EXPIRED,
  NEEDS_MATCHES,
  NO_FREE_AGENT,
  NOT_INDEXED,
  REPEATED,
  toClaimResult,
  toNoClaim,
  UNSETTLED,
  type ClaimReply,
} from './claim-reply.js';

/**
 * A call names up to 64 agents to settle, and each agent is settled once. 200 calls suffice if
 * 10,000 agents are stale. A call passes over up to 512 agents of silent regions, so 200 calls
 * suffice for the largest queue.
 */
const MAX_CALLS = 200;
/** Requirements that the first free agents of a queue did not meet: about 3 MB. */
const MAX_MATCHED = 10_000;
const MATCHED_MS = 1000;
/**
 * How often a claim indexes a queue. While a queue is indexed, an earlier version may add members.
 */
const MAX_INDEXINGS = 3;

/**
 * Claims agents in Redis. The claim script knows no keys of agents. If the script finds an agent
 * whose keys it would need, it returns the id of the agent. `RedisAgentClaims` settles the agent,
 * and then runs the script again.
 */
export class RedisAgentClaims {
  /** Requirements for which a claim looked at the matches a moment ago. So does the next claim. */
  private readonly matched = new LRUCache<string, true>({ max: MAX_MATCHED, ttl: MATCHED_MS });
  private readonly expiredLocks = new ExpiredLocks((keys, agentId, deadline) => this.settle(keys, [agentId], deadline));
  /** The greatest fence that this process has seen. The next claim gets a greater one. */
  private lastFence = 0;

  constructor(
    private readonly runner: AgentRunner,
    private readonly callIds: CallIdCipher,
    private readonly options: AgentStoreOptions,
    private readonly lostData: LostData,
    private readonly regions: AgentRegions,
    private readonly memberships: RedisMemberships,
    private readonly indexed: IndexedQueues,
  ) {}

  async claim(keys: AgentKeys, request: ClaimRequest): Promise<ClaimResult> {
    const { queueId, deadline } = request;
    this.lostData.refuseClaims(keys);
    await this.indexed.ensure(keys, queueId, deadline);
    let expired = 0;
    let indexings = 0;
    let isMatching = this.beginsWithMatches(keys, request);
    for (let call = 0; call < MAX_CALLS && deadline?.remainingMs() !== 0; call += 1) {
      const reply = await this.claimOnce(keys, request, isMatching);
      switch (reply[0]) {
        case CLAIMED:
        case REPEATED:
          this.lastFence = Math.max(this.lastFence, Number(reply[3]));
          return toClaimResult(reply, expired);
        case UNSETTLED:
          await this.settlePositions(keys, queueId, reply.slice(1) as string[], deadline);
          break;
        case EXPIRED:
          expired += await this.expiredLocks.end(keys, reply.slice(1) as string[], deadline);
          break;
        case NOT_INDEXED:
          indexings += 1;
          await this.index(keys, request, indexings);
          break;
        case NEEDS_MATCHES:
          isMatching = true;
          this.rememberMatching(keys, request);
          break;
        case NO_FREE_AGENT:
        case CLOSED:
          return toNoClaim(reply, expired);
      }
    }
    throw new StoreUnavailable('the deadline came before a free agent was found');
  }

  /**
   * Brings these agents in line with their stored state, and ends their expired locks.
   *
   * @returns how many locks ended
   */
  async settle(keys: AgentKeys, agentIds: readonly string[], deadline?: Deadline): Promise<number> {
    const settled = agentIds.map((agentId) => this.runner.change(keys, this.settleChange(keys, agentId), deadline));
    return (await Promise.all(settled)).filter((reply) => reply === 1).length;
  }

  private rememberMatching(keys: AgentKeys, { queueId, wanted }: ClaimRequest): void {
    if (wanted !== undefined) this.matched.set(placeOf(keys, queueId, wanted), true);
  }

  /** The best agent is always one of the matches. Preferred agents come before the matches. */
  private beginsWithMatches(keys: AgentKeys, { queueId, wanted }: ClaimRequest): boolean {
    if (wanted === undefined || wanted.preferred.length > 0) return false;
    return wanted.evaluation === 'best' || this.matched.has(placeOf(keys, queueId, wanted));
  }

  private index(keys: AgentKeys, { queueId, deadline }: ClaimRequest, times: number): Promise<void> {
    if (times > MAX_INDEXINGS) throw new StoreUnavailable('the members of the queue changed every time');
    return this.memberships.index(keys, queueId, deadline);
  }

  /**
   * Runs the claim script once. If the reply comes after the time limit, no caller knows the lock,
   * so the agent is released. A claim with a call keeps its lock, because the call can ask again
   * and gets the same agent.
   */
  private async claimOnce(keys: AgentKeys, request: ClaimRequest, isMatching: boolean): Promise<ClaimReply> {
    const { queueId, call, token, deadline, wanted } = request;
    const [roster, freeBits] = keys.states;
    const declared = [keys.locks, keys.known, keys.leases, keys.free(queueId), roster, freeBits];
    const silent = this.silentFor(request);
    const args = [...this.lockArgs(keys, request), silent, silent === '' ? '' : this.regions.silentAfterMs];
    if (wanted !== undefined) addWanted({ keys, queueId, wanted, isMatching }, declared, args);
    if (silent !== '') declared.push(keys.regions, keys.silenced);
    const onLate = (late: unknown): void => this.releaseLate(keys, token, late as ClaimReply);
    const terms = call === undefined ? { deadline, onLate } : { deadline };
    const bySkill = isMatching ? CLAIM_MATCH : CLAIM_BY_SKILL;
    const script = wanted === undefined ? CLAIM_AGENT : bySkill;
    const claiming = this.runner.call(script, declared, args, terms);
    return (await this.lostData.secured(keys, claiming, onLate)) as ClaimReply;
  }

  /** The arguments of both claim scripts, up to the fence. */
  private lockArgs(keys: AgentKeys, request: ClaimRequest): (string | number)[] {
    const { queueId, call, token, pending, fenceAbove = 0 } = request;
    const callId = call === undefined ? '' : this.callIds.seal(keys.call(call.hash), call.callId);
    const ofCall = [call?.hash ?? '-', call?.callerHash ?? '-', callId];
    const lock = [...ofCall, token, this.options.claimTtlMs, pending === true ? 1 : 0];
    return [queueId, this.lostData.staleAfterMs(keys), ...lock, Math.max(this.lastFence, fenceAbove)];
  }

  /** A pending claim is verified at the platform, so its agent may be of a silent region. */
  private silentFor({ pending, skipsSilent }: ClaimRequest): string {
    return pending === true && skipsSilent !== true ? '' : this.regions.silent;
  }

  private releaseLate(keys: AgentKeys, token: string, late: ClaimReply): void {
    if (late[0] !== CLAIMED) return;
    const args = [this.lostData.staleAfterMs(keys), token, 'place'];
    const release = { script: RELEASE_AGENT, agentId: late[1], keys: [keys.leases], args };
    void this.runner.change(keys, release).catch(() => undefined);
  }

  /**
   * Settles agents that claims took out because their region was silent.
   *
   * @param silenced `<region> <agent>` each
   */
  async restore(keys: AgentKeys, silenced: readonly string[]): Promise<void> {
    const settle = (member: string): Promise<unknown> =>
      this.runner.change(keys, this.settleChange(keys, member.slice(member.indexOf(' ') + 1), { silenced: member }));
    await Promise.all(silenced.map(settle));
  }

  private async settlePositions(
    keys: AgentKeys,
    queueId: string,
    found: readonly string[],
    deadline?: Deadline,
  ): Promise<void> {
    const settle = (text: string): Promise<unknown> => {
      const [position = '', agentId = ''] = text.split(' ');
      const change = this.settleChange(keys, agentId, { queueId, position });
      return this.runner.change(keys, { ...change, alsoQueue: queueId }, deadline);
    };
    await Promise.all(found.map(settle));
  }

  private settleChange(
    keys: AgentKeys,
    agentId: string,
    found: { readonly queueId?: string; readonly position?: string; readonly silenced?: string } = {},
  ): AgentChange {
    const { queueId = '', position = '', silenced = '' } = found;
    const { own } = this.regions;
    const args = [this.lostData.staleAfterMs(keys), queueId, position, own, silenced];
    const ofRegions = [...(own === '' ? [] : [keys.regions]), ...(silenced === '' ? [] : [keys.silenced])];
    return { script: SETTLE_AGENT, agentId, keys: [keys.leases, ...ofRegions], args };
  }
}
