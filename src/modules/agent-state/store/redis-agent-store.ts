import type { AgentReport } from '../../../contracts/agent-report.js';
import type { ValueCipher } from '../../../kernel/value-cipher.js';
import type { RedisConnection } from '../../../platform/redis/redis-connection.js';
import type { RedisScript } from '../../../platform/redis/redis-script.js';
import {
  AgentStore,
  DELETED_AFTER_MS,
  EVENT_DEDUPLICATION_MS,
  goneResult,
  MAX_AGENTS_PER_QUEUE,
  MAX_CLOCK_AHEAD_MS,
  MAX_QUEUES_PER_AGENT,
  type AgentState,
  type AgentStoreOptions,
  type ClaimRequest,
  type ClaimResult,
  type ClaimVerdict,
  type EndCallResult,
  type EndedCall,
  type LockOwner,
  type Membership,
  type NotReportedAgents,
  type QueuePage,
  type ReleaseOutcome,
  type ReportResult,
  type SweepResult,
} from './agent-store.js';
import { registerWrites } from './internal/agent-registers.js';
import * as scripts from './internal/agent-scripts.js';
import { CallIdCipher } from './internal/call-id-cipher.js';
import { CLAIMED, REPEATED, SEARCH_CONTINUES, toClaimResult, type ClaimReply } from './internal/claim-reply.js';
import { priorityDigits } from './queue-position.js';
import { parseStoredAgent } from './internal/stored-agent.js';

/**
 * A call skips up to 64 stale agents, and each agent is skipped once. 200 calls suffice if 10,000
 * agents are stale.
 */
const MAX_CLAIM_CALLS = 200;
/** Expired locks and old agents that one sweep handles at most, each. */
const SWEEP_LIMIT = 100;

/**
 * An agent store in Redis. Each operation is one Lua script; `scripts/shared.lua` describes the
 * keys and fields.
 *
 * Race it prevents:
 * 1. A process reads that an agent is free.
 * 2. Another process claims the agent.
 * 3. The first process claims the agent too. A script both reads and writes, so step 2 cannot come
 *    in between.
 */
export class RedisAgentStore extends AgentStore {
  private readonly callIds: CallIdCipher;

  /** @param cipher `undefined` means conversation ids are stored as plain text */
  constructor(
    private readonly connection: RedisConnection,
    private readonly options: AgentStoreOptions,
    cipher?: ValueCipher,
  ) {
    super();
    this.callIds = new CallIdCipher(cipher);
    for (const script of scripts.AGENT_SCRIPTS) connection.define(script);
  }

  async applyReport(report: AgentReport): Promise<ReportResult> {
    const { tenant, agentId, eventHash = '', fromDirectory, gone } = report;
    if (gone === true) return goneResult(await this.markAbsent(tenant, agentId, undefined));
    const writes = registerWrites(this.sealCall(report));
    const registers = writes.flatMap(({ name, atMs, rank, payload }) => [name, atMs, rank, payload]);
    const args = [agentId, eventHash, EVENT_DEDUPLICATION_MS, MAX_CLOCK_AHEAD_MS, fromDirectory === true ? 1 : 0];
    const reply = await this.run(scripts.APPLY_REPORT, tenant, [...args, ...registers]);
    const [outcome, clamped, changed] = reply as [0 | 1 | 2, 0 | 1, 0 | 1];
    const outcomes = ['older', 'applied', 'duplicate'] as const;
    return { outcome: outcomes[outcome], clamped: clamped === 1, changed: changed === 1 };
  }

  async markAbsent(tenant: string, agentId: string, readFromMs: number | undefined): Promise<boolean> {
    return (await this.run(scripts.MARK_ABSENT, tenant, [agentId, readFromMs ?? ''])) === 1;
  }

  async claim(request: ClaimRequest): Promise<ClaimResult> {
    let expired = 0;
    for (let call = 0; call < MAX_CLAIM_CALLS; call += 1) {
      const reply = await this.claimOnce(request);
      expired += reply[1];
      if (reply[0] === CLAIMED || reply[0] === REPEATED) return toClaimResult(reply, expired);
      if (reply[0] !== SEARCH_CONTINUES) break;
    }
    return { kind: 'none', expired };
  }

  async resolve({ tenant, agentId, token }: LockOwner, verdict: ClaimVerdict): Promise<boolean> {
    return (await this.run(scripts.RESOLVE_CLAIM, tenant, [agentId, token, verdict])) === 1;
  }

  async confirm({ tenant, agentId, token }: LockOwner): Promise<number | undefined> {
    const remainingMs = (await this.run(scripts.CONFIRM_AGENT, tenant, [
      agentId,
      token,
      this.options.holdMs,
    ])) as number;
    return remainingMs < 0 ? undefined : remainingMs;
  }

  async release({ tenant, agentId, token }: LockOwner, outcome: ReleaseOutcome): Promise<boolean> {
    return (await this.run(scripts.RELEASE_AGENT, tenant, [agentId, token, positionAfter(outcome)])) === 1;
  }

  async endCall({ tenant, callHash, eventHash, agentId = '' }: EndedCall): Promise<EndCallResult> {
    const reply = await this.run(scripts.END_CALL, tenant, [callHash, eventHash, EVENT_DEDUPLICATION_MS, agentId]);
    return (['none', 'ended', 'duplicate'] as const)[reply as 0 | 1 | 2];
  }

  async read(tenant: string, agentId: string): Promise<AgentState | undefined> {
    const [nowMs, fields] = (await this.run(scripts.READ_AGENT, tenant, [agentId])) as [number, string[]];
    return this.toState(tenant, agentId, fields, nowMs);
  }

  async join({ tenant, queueId, agentId }: Membership, priorityScore: number): Promise<boolean> {
    const limits = [MAX_QUEUES_PER_AGENT, MAX_AGENTS_PER_QUEUE];
    const args = [queueId, agentId, priorityScore, priorityDigits(priorityScore), ...limits];
    return (await this.run(scripts.JOIN_QUEUE, tenant, args)) === 1;
  }

  async leave({ tenant, queueId, agentId }: Membership): Promise<boolean> {
    return (await this.run(scripts.LEAVE_QUEUE, tenant, [queueId, agentId])) === 1;
  }

  async listMembers(tenant: string, queueId: string, offset: number, limit: number): Promise<QueuePage> {
    const reply = await this.run(scripts.READ_QUEUE, tenant, [queueId, offset, limit]);
    const [nowMs, total, ...rows] = reply as [number, number, ...(string | string[])[]];
    const members = Array.from({ length: rows.length / 3 }, (_, row) => {
      const [agentId, score, fields] = rows.slice(row * 3, row * 3 + 3) as [string, string, string[]];
      return { agentId, priorityScore: Number(score), state: this.toState(tenant, agentId, fields, nowMs) };
    });
    return { total, members };
  }

  async listNotReportedSince(
    tenant: string,
    sinceMs: number | undefined,
    offset: number,
    limit: number,
  ): Promise<NotReportedAgents> {
    const reply = await this.run(scripts.LIST_NOT_REPORTED, tenant, [offset, limit, sinceMs ?? 0]);
    const [nowMs, ...agentIds] = reply as [number, ...string[]];
    return { nowMs, agentIds };
  }

  async sweep(tenant: string): Promise<SweepResult> {
    const reply = await this.run(scripts.SWEEP_AGENTS, tenant, [SWEEP_LIMIT, DELETED_AFTER_MS]);
    const [expired, available, busy, offline] = reply as [number, number, number, number];
    return { expired, counts: { AVAILABLE: available, BUSY: busy, OFFLINE: offline } };
  }

  /**
   * Runs the claim script once. If the reply comes after the time limit, no caller knows the lock,
   * so the agent is released. A claim with a call keeps its lock, because the call can ask again
   * and gets the same agent.
   */
  private async claimOnce({ tenant, queueId, call, token, pending }: ClaimRequest): Promise<ClaimReply> {
    const callId = call === undefined ? '' : this.callIds.seal(scripts.callKey(tenant, call.hash), call.callId);
    const args = [queueId, call?.hash ?? '', callId, token, this.options.claimTtlMs, pending === true ? 1 : 0];
    const releaseLate = (late: unknown): void => {
      const reply = late as ClaimReply;
      if (reply[0] !== CLAIMED) return;
      const release = [scripts.hashTag(tenant), this.options.agentTtlMs, reply[2], token, 'place'];
      this.connection.callUnbounded(scripts.RELEASE_AGENT, [scripts.leasesKey(tenant)], release);
    };
    const onLate = call === undefined ? releaseLate : undefined;
    return (await this.run(scripts.CLAIM_AGENT, tenant, args, onLate)) as ClaimReply;
  }

  private sealCall(report: AgentReport): AgentReport {
    const { tenant, agentId, call } = report;
    if (call === undefined) return report;
    return { ...report, call: { ...call, callId: this.callIds.seal(scripts.agentKey(tenant, agentId), call.callId) } };
  }

  private toState(tenant: string, agentId: string, fields: readonly string[], nowMs: number): AgentState | undefined {
    const stored = parseStoredAgent(agentId, fields, nowMs, this.options.agentTtlMs);
    if (stored === undefined) return undefined;
    const { callHash, ...state } = stored;
    const place = callHash === undefined ? scripts.agentKey(tenant, agentId) : scripts.callKey(tenant, callHash);
    return { ...state, currentCallId: this.callIds.open(place, state.currentCallId) };
  }

  private run(
    script: RedisScript,
    tenant: string,
    args: readonly (string | number)[],
    onLate?: (reply: unknown) => void,
  ): Promise<unknown> {
    const common = [scripts.hashTag(tenant), this.options.agentTtlMs];
    return this.connection.call(script, [scripts.leasesKey(tenant)], [...common, ...args], onLate);
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
