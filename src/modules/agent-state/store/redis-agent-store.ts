import type { AgentReport } from '../../../contracts/agent-report.js';
import type { ValueCipher } from '../../../kernel/value-cipher.js';
import type { SkillRequirement, Skills } from '../../../contracts/skills.js';
import { NoOutbox } from '../../../messaging/outbox/no-outbox.js';
import type { RedisConnection } from '../../../platform/redis/redis-connection.js';
import {
  AgentStore,
  DELETED_AFTER_MS,
  EVENT_DEDUPLICATION_MS,
  type AgentState,
  type AgentStoreOptions,
  type ClaimRequest,
  type ClaimResult,
  type ClaimVerdict,
  type EndCallResult,
  type EndedCall,
  type EventOrigin,
  type JoinResult,
  type LockOwner,
  type Membership,
  type NotReportedAgents,
  type QueuePage,
  type ReleaseOutcome,
  type ReportResult,
  type SweepResult,
} from './agent-store.js';
import { AgentKeys } from './internal/agent-keys.js';
import { AgentRecords } from './agent-records.js';
import type { AgentRegions } from './agent-regions.js';
import { IndexUpkeep } from './internal/index-upkeep.js';
import { IndexedQueues } from './internal/indexed-queues.js';
import { LostData } from './internal/lost-data.js';
import { StoredAgentReader } from './internal/stored-agent-reader.js';
import { AgentRunner, type AgentChange } from './internal/agent-runner.js';
import * as scripts from './internal/agent-scripts.js';
import { callOwners } from './internal/call-owners.js';
import { CallIdCipher } from './internal/call-id-cipher.js';
import { RedisAgentReports } from './internal/redis-agent-reports.js';
import { RedisAgentClaims } from './internal/redis-agent-claims.js';
import { RedisMemberships } from './internal/redis-memberships.js';
import { RedisRuleScores } from './internal/redis-rule-scores.js';
import { RedisSkills } from './internal/redis-skills.js';
import type { AgentSlice, JoinSource, RuleRecord, RuleScores } from './rule-scores.js';
import type { Availability, LeaveResult, RecordSource, SkillsChange, SkillsResult } from './skill-claims.js';

/** Expired locks and old agents that one sweep handles at most, each. */
const SWEEP_LIMIT = 100;

/**
 * An agent store in Redis. Each change is one Lua script; `scripts/shared.lua` describes the keys,
 * the fields and the laws of the scripts.
 *
 * Race it prevents:
 * 1. A process reads that an agent is free.
 * 2. Another process claims the agent.
 * 3. The first process claims the agent too. A script both reads and writes, so step 2 cannot come
 *    in between.
 *
 * The file exceeds 220 lines because it is the whole adapter: one method per method of the port.
 */
export class RedisAgentStore extends AgentStore {
  private readonly callIds: CallIdCipher;
  private readonly reader: StoredAgentReader;
  private readonly claims: RedisAgentClaims;
  private readonly runner: AgentRunner;
  private readonly lostData: LostData;
  private readonly reports: RedisAgentReports;
  private readonly memberships: RedisMemberships;
  private readonly skills: RedisSkills;
  private readonly ruleScores: RedisRuleScores;
  private readonly upkeep: IndexUpkeep;

  /** @param cipher `undefined` means conversation ids are stored as plain text */
  constructor(
    private readonly connection: RedisConnection,
    private readonly options: AgentStoreOptions,
    private readonly regions: AgentRegions,
    cipher?: ValueCipher,
    private readonly records = new AgentRecords(new NoOutbox(), ''),
  ) {
    super();
    this.callIds = new CallIdCipher(cipher);
    this.runner = new AgentRunner(connection);
    this.lostData = new LostData(connection, options);
    this.reader = new StoredAgentReader(connection, this.callIds, this.lostData, regions);
    this.memberships = new RedisMemberships(connection, this.runner, this.lostData);
    this.skills = new RedisSkills(connection, this.runner, this.lostData);
    this.ruleScores = new RedisRuleScores(connection, this.runner);
    const indexed = new IndexedQueues(connection, this.memberships);
    this.claims = new RedisAgentClaims(
      ...([this.runner, this.callIds, options, this.lostData, regions, this.memberships, indexed] as const),
    );
    this.upkeep = new IndexUpkeep(connection, this.lostData, this.claims, this.memberships);
    const { runner, callIds, lostData } = this;
    this.reports = new RedisAgentReports({ connection, runner, callIds, lostData, records, regions });
    for (const script of scripts.AGENT_SCRIPTS) connection.define(script);
  }

  applyReport(report: AgentReport, origin: EventOrigin = 'local'): Promise<ReportResult> {
    const applying = this.reports.apply(report, origin);
    return origin === 'log' ? this.lostData.noticed(AgentKeys.of(report.tenant), applying) : applying;
  }

  markAbsent(tenant: string, agentId: string, readFromMs: number | undefined): Promise<boolean> {
    return this.reports.markAbsent(tenant, agentId, readFromMs);
  }

  claim(request: ClaimRequest): Promise<ClaimResult> {
    return this.claims.claim(AgentKeys.of(request.tenant), request);
  }

  async closeClaims(tenant: string): Promise<number> {
    const keys = AgentKeys.of(tenant);
    const closing = this.runner.call(scripts.CLOSE_CLAIMS, [keys.locks], ['1']);
    return Number(await this.lostData.secured(keys, closing));
  }

  async openClaims(tenant: string): Promise<void> {
    await this.runner.call(scripts.CLOSE_CLAIMS, [AgentKeys.of(tenant).locks], ['0']);
  }

  async resolve({ tenant, agentId, token }: LockOwner, verdict: ClaimVerdict): Promise<boolean> {
    return (await this.changeLock(scripts.RESOLVE_CLAIM, tenant, agentId, [token, verdict])) === 1;
  }

  async confirm({ tenant, agentId, token }: LockOwner, day = ''): Promise<number | undefined> {
    const keys = AgentKeys.of(tenant);
    const args = [agentId, token, this.options.holdMs, day];
    const declared = [keys.locks, keys.leases, ...(day === '' ? [] : [keys.profiles])];
    const confirming = this.runner.call(scripts.CONFIRM_AGENT, declared, args);
    const remainingMs = (await this.lostData.secured(keys, confirming)) as number;
    return remainingMs < 0 ? undefined : remainingMs;
  }

  async release({ tenant, agentId, token }: LockOwner, outcome: ReleaseOutcome): Promise<boolean> {
    return (await this.changeLock(scripts.RELEASE_AGENT, tenant, agentId, [token, positionAfter(outcome)])) === 1;
  }

  endCall(call: EndedCall, origin: EventOrigin = 'local'): Promise<EndCallResult> {
    const keys = AgentKeys.of(call.tenant);
    const ending = this.endCallIn(keys, call, origin);
    return origin === 'log' ? this.lostData.noticed(keys, ending) : ending;
  }

  private async endCallIn(keys: AgentKeys, call: EndedCall, origin: EventOrigin): Promise<EndCallResult> {
    const { callHash, eventHash, agentId } = call;
    const mark = keys.event(eventHash);
    const field = `:${callHash}`;
    const [isDuplicate, lines] = await Promise.all([
      this.exists(mark),
      this.connection.run((client) => client.hget(keys.locks, field), keys.locks),
    ]);
    if (isDuplicate) return 'duplicate';
    // The lock of the call may be in another region.
    if (this.records.isSent(origin)) await this.records.putCallEnd(call);
    const owners = callOwners(lines ?? '').filter((owner) => (agentId ?? owner.agentId) === owner.agentId);
    // If several callers hold locks for the call, each lock needs a separate mark.
    const markOf = (owner: { readonly agentId: string }): string =>
      owners.length === 1 ? mark : `${mark}:${owner.agentId}`;
    const replies = await Promise.all(owners.map((owner) => this.endLock(keys, owner, markOf(owner))));
    if (owners.length !== 1 && !(await this.remember(mark))) return 'duplicate';
    if (replies.includes(1)) return 'ended';
    return replies.includes(2) ? 'duplicate' : 'none';
  }

  async read(tenant: string, agentId: string): Promise<AgentState | undefined> {
    return (await this.reader.read(AgentKeys.of(tenant), [agentId]))[0];
  }

  join(
    membership: Membership,
    priorityScore: number,
    source: JoinSource = 'declared',
    atMs?: number,
  ): Promise<JoinResult> {
    return this.memberships.join(membership, priorityScore, source, atMs);
  }

  leave(membership: Membership, source: RecordSource = 'declared', atMs?: number): Promise<LeaveResult> {
    return this.memberships.leave(membership, source, atMs);
  }

  listReadMembers(tenant: string, queueId: string): Promise<readonly string[]> {
    return this.memberships.listRead(tenant, queueId);
  }

  listReadQueues(tenant: string, agentId: string): Promise<readonly string[]> {
    return this.memberships.listReadQueues(tenant, agentId);
  }

  setSkills(change: SkillsChange): Promise<SkillsResult> {
    return this.skills.set(change);
  }

  readSkills(tenant: string, agentId: string): Promise<Skills> {
    return this.skills.read(tenant, agentId);
  }

  readRuleRecord(tenant: string, agentId: string, day: string): Promise<RuleRecord> {
    return this.ruleScores.read(AgentKeys.of(tenant), agentId, day);
  }

  setRuleScores(scores: RuleScores): Promise<number | undefined> {
    return this.ruleScores.set(scores);
  }

  setHireDate(tenant: string, agentId: string, hiredOn: string | undefined): Promise<boolean> {
    return this.ruleScores.setHireDate(AgentKeys.of(tenant), agentId, hiredOn);
  }

  listRanked(tenant: string, from: number, limit: number): Promise<AgentSlice> {
    return this.memberships.listIndexed(AgentKeys.of(tenant), from, limit);
  }

  /** Counts once more if a lock has expired, or an agent has become stale, since the last sweep. */
  async availability(
    tenant: string,
    queueId: string,
    requirements: readonly SkillRequirement[],
  ): Promise<Availability> {
    const count = () => this.memberships.availability(tenant, queueId, requirements);
    const [counts, due] = await Promise.all([count(), this.upkeep.settleDue(AgentKeys.of(tenant))]);
    return { ...(due.settled === 0 ? counts : await count()), expired: due.expired };
  }

  async listMembers(tenant: string, queueId: string, offset: number, limit: number): Promise<QueuePage> {
    const keys = AgentKeys.of(tenant);
    const key = keys.members(queueId);
    const [total, page] = await Promise.all([
      this.connection.run((client) => client.zcard(key), key),
      this.connection.run((client) => client.zrange(key, offset, offset + limit - 1, 'WITHSCORES'), key),
    ]);
    const ids = page.filter((_, index) => index % 2 === 0);
    const states = await this.reader.read(keys, ids);
    const members = ids.map((agentId, index) => ({
      agentId,
      priorityScore: Number(page[2 * index + 1]),
      state: states[index],
    }));
    return { total, members };
  }

  async listNotReportedSince(
    tenant: string,
    sinceMs: number | undefined,
    offset: number,
    limit: number,
  ): Promise<NotReportedAgents> {
    const { known } = AgentKeys.of(tenant);
    const reply = await this.connection.call(scripts.LIST_KNOWN, [known], [offset, limit, sinceMs ?? 0]);
    const [nowMs, ...agentIds] = reply as [number, ...string[]];
    return { nowMs, agentIds };
  }

  async sweep(tenant: string): Promise<SweepResult> {
    const keys = AgentKeys.of(tenant);
    const locked = await this.connection.call(scripts.LIST_EXPIRED, [keys.leases], [SWEEP_LIMIT]);
    const expired = await this.claims.settle(keys, locked as string[]);
    await this.deleteOld(keys);
    await this.upkeep.run(keys);
    const statuses = ['AVAILABLE', 'BUSY', 'OFFLINE'] as const;
    const { counts: key } = keys;
    const counts = await this.connection.run((client) => client.hmget(key, ...statuses), key);
    const [available = 0, busy = 0, offline = 0] = counts.map(Number);
    return { expired, counts: { AVAILABLE: available, BUSY: busy, OFFLINE: offline } };
  }

  async restore(tenant: string): Promise<boolean> {
    const keys = AgentKeys.of(tenant);
    const args = [SWEEP_LIMIT, this.regions.silent];
    const silenced = (await this.connection.call(scripts.LIST_SILENCED, [keys.silenced], args)) as string[];
    await this.claims.restore(keys, silenced);
    return silenced.length === SWEEP_LIMIT;
  }

  private async deleteOld(keys: AgentKeys): Promise<void> {
    const args = [0, SWEEP_LIMIT, -DELETED_AFTER_MS];
    const [, ...old] = (await this.connection.call(scripts.LIST_KNOWN, [keys.known], args)) as [number, ...string[]];
    const { own } = this.regions;
    const of = [keys.leases, keys.counts, keys.profiles, ...(own === '' ? [] : [keys.regions, keys.silenced])];
    const change = { script: scripts.DELETE_AGENT, keys: of, args: [DELETED_AFTER_MS, own] };
    await Promise.all(old.map((agentId) => this.runner.change(keys, { ...change, agentId })));
  }

  private changeLock(
    script: AgentChange['script'],
    tenant: string,
    agentId: string,
    args: readonly string[],
  ): Promise<unknown> {
    const keys = AgentKeys.of(tenant);
    const change = { script, agentId, keys: [keys.leases], args: [this.lostData.staleAfterMs(keys), ...args] };
    return this.runner.change(keys, change);
  }

  private endLock(keys: AgentKeys, { agentId, token }: Omit<LockOwner, 'tenant'>, mark: string): Promise<unknown> {
    const args = [this.lostData.staleAfterMs(keys), token, EVENT_DEDUPLICATION_MS];
    return this.runner.change(keys, { script: scripts.END_CALL, agentId, keys: [keys.leases, mark], args });
  }

  private async exists(key: string): Promise<boolean> {
    return (await this.connection.run((client) => client.exists(key), key)) === 1;
  }

  /** @returns `false` if the event was remembered before */
  private async remember(mark: string): Promise<boolean> {
    const set = this.connection.run((client) => client.set(mark, '1', 'PX', EVENT_DEDUPLICATION_MS, 'NX'), mark);
    return (await set) !== null;
  }
}

/** `failed` keeps the agent's position, because the agent never received the call. */
function positionAfter(outcome: ReleaseOutcome): 'place' | 'back' {
  switch (outcome) {
    case 'failed':
      return 'place';
    case 'rejected':
    case 'ended':
      return 'back';
  }
}
