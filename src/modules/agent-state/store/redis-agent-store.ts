import type { ValueCipher } from '../../../kernel/value-cipher.js';
import type { RedisConnection } from '../../../platform/redis/redis-connection.js';
import { redisScript } from '../../../platform/redis/redis-script.js';
import type { AgentReport } from '../../../contracts/agent-report.js';
import {
  AgentStore,
  MAX_CLOCK_AHEAD_MS,
  EVENT_DEDUPLICATION_MS,
  DELETED_AFTER_MS,
  MAX_AGENTS_PER_QUEUE,
  MAX_QUEUES_PER_AGENT,
  type AgentState,
  type AgentStoreOptions,
  type EndCallResult,
  type EndedCall,
  type ClaimResult,
  type ClaimRequest,
  type ClaimVerdict,
  type LockOwner,
  type Membership,
  type QueuePage,
  type ReleaseOutcome,
  type ReportResult,
  type NotReportedAgents,
  type SweepResult,
} from './agent-store.js';
import { CallIdCipher } from './internal/call-id-cipher.js';
import { priorityDigits } from './internal/queue-position.js';
import { registerWrites } from './internal/agent-registers.js';
import { parseStoredAgent } from './internal/stored-agent.js';

const script = (name: string, file: string) =>
  redisScript(
    name,
    1,
    new URL(`./scripts/${file}.lua`, import.meta.url),
    new URL('./scripts/shared.lua', import.meta.url),
  );

const CLAIM = script('claimAgent', 'claim-agent');
const RESOLVE = script('resolveClaim', 'resolve-claim');
const CONFIRM = script('confirmAgent', 'confirm-agent');
const RELEASE = script('releaseAgent', 'release-agent');
const END_CALL = script('endAgentCall', 'end-call');
const REPORT = script('applyReport', 'apply-report');
const JOIN = script('joinQueue', 'join-queue');
const LEAVE = script('leaveQueue', 'leave-queue');
const READ = script('readAgent', 'read-agent');
const READ_QUEUE = script('readQueue', 'read-queue');
const LIST_NOT_REPORTED = script('listNotReportedAgents', 'list-not-reported-agents');
const SWEEP = script('sweepAgents', 'sweep-agents');
const SCRIPTS = [
  CLAIM,
  RESOLVE,
  CONFIRM,
  RELEASE,
  END_CALL,
  REPORT,
  JOIN,
  LEAVE,
  READ,
  READ_QUEUE,
  LIST_NOT_REPORTED,
  SWEEP,
];

/** Looks past 64 stale agents each, once for each of them: enough for a feed that was silent for 10,000. */
const MOST_LOOKS = 200;
const SWEPT_AT_ONCE = 100;

/** As the header of `claim-agent.lua` says. */
type ClaimReply = readonly [kind: 0 | 3, expired: number] | ClaimedReply;
type ClaimedReply = readonly [
  ...[kind: 1 | 2, expired: number, id: string, token: string, fence: string],
  ...[leftMs: number, queue: string, pending: 0 | 1],
];

/** Agents in Redis, each operation one script; `scripts/shared.lua` says what is where. */
export class RedisAgentStore extends AgentStore {
  private readonly calls: CallIdCipher;

  /** @param cipher absent: ids of conversations are stored as they are */
  constructor(
    private readonly connection: RedisConnection,
    private readonly terms: AgentStoreOptions,
    cipher?: ValueCipher,
  ) {
    super();
    this.calls = new CallIdCipher(cipher);
    for (const defined of SCRIPTS) connection.define(defined);
  }

  async applyReport(report: AgentReport): Promise<ReportResult> {
    const parts = registerWrites(this.sealed(report)).flatMap(({ name, atMs, verdict, rest }) => [
      name,
      atMs,
      verdict,
      rest,
    ]);
    const args = [
      report.agentId,
      report.eventHash ?? '',
      EVENT_DEDUPLICATION_MS,
      MAX_CLOCK_AHEAD_MS,
      report.fromDirectory === true ? 1 : 0,
    ];
    const reply = await this.run(REPORT, report.tenant, [...args, ...parts]);
    const [outcome, clamped, changed] = reply as [0 | 1 | 2, 0 | 1, 0 | 1];
    return {
      outcome: (['older', 'applied', 'duplicate'] as const)[outcome],
      clamped: clamped === 1,
      changed: changed === 1,
    };
  }

  async claim(request: ClaimRequest): Promise<ClaimResult> {
    let expired = 0;
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      const reply = await this.claimOnce(request);
      expired += reply[1];
      if (reply[0] === 1 || reply[0] === 2) return claimed(reply, expired);
      if (reply[0] === 0) break;
    }
    return { kind: 'none', expired };
  }

  async resolve({ tenant, agentId, token }: LockOwner, verdict: ClaimVerdict): Promise<boolean> {
    return (await this.run(RESOLVE, tenant, [agentId, token, verdict])) === 1;
  }

  async confirm({ tenant, agentId, token }: LockOwner): Promise<number | undefined> {
    const leftMs = (await this.run(CONFIRM, tenant, [agentId, token, this.terms.holdMs])) as number;
    return leftMs < 0 ? undefined : leftMs;
  }

  async release({ tenant, agentId, token }: LockOwner, outcome: ReleaseOutcome): Promise<boolean> {
    return (await this.run(RELEASE, tenant, [agentId, token, placeAfter(outcome)])) === 1;
  }

  async endCall({ tenant, callHash, eventHash, agentId = '' }: EndedCall): Promise<EndCallResult> {
    const reply = await this.run(END_CALL, tenant, [callHash, eventHash, EVENT_DEDUPLICATION_MS, agentId]);
    return (['none', 'ended', 'duplicate'] as const)[reply as 0 | 1 | 2];
  }

  async read(tenant: string, agentId: string): Promise<AgentState | undefined> {
    const [nowMs, fields] = (await this.run(READ, tenant, [agentId])) as [number, string[]];
    return this.stateOf(tenant, agentId, fields, nowMs);
  }

  async join({ tenant, queueId, agentId }: Membership, priorityScore: number): Promise<boolean> {
    const args = [
      queueId,
      agentId,
      priorityScore,
      priorityDigits(priorityScore),
      MAX_QUEUES_PER_AGENT,
      MAX_AGENTS_PER_QUEUE,
    ];
    return (await this.run(JOIN, tenant, args)) === 1;
  }

  async leave({ tenant, queueId, agentId }: Membership): Promise<boolean> {
    return (await this.run(LEAVE, tenant, [queueId, agentId])) === 1;
  }

  async listMembers(tenant: string, queueId: string, offset: number, limit: number): Promise<QueuePage> {
    const reply = await this.run(READ_QUEUE, tenant, [queueId, offset, limit]);
    const [nowMs, total, ...rows] = reply as [number, number, ...(string | string[])[]];
    const members = Array.from({ length: rows.length / 3 }, (_, row) => {
      const [agentId, score, fields] = rows.slice(row * 3, row * 3 + 3) as [string, string, string[]];
      return { agentId, priorityScore: Number(score), state: this.stateOf(tenant, agentId, fields, nowMs) };
    });
    return { total, members };
  }

  async listNotReportedSince(
    tenant: string,
    sinceMs: number | undefined,
    offset: number,
    limit: number,
  ): Promise<NotReportedAgents> {
    const [nowMs, ...agentIds] = (await this.run(LIST_NOT_REPORTED, tenant, [offset, limit, sinceMs ?? 0])) as [
      number,
      ...string[],
    ];
    return { nowMs, agentIds };
  }

  async sweep(tenant: string): Promise<SweepResult> {
    const reply = await this.run(SWEEP, tenant, [SWEPT_AT_ONCE, DELETED_AFTER_MS]);
    const [expired, available, busy, offline] = reply as [number, number, number, number];
    return { expired, counts: { AVAILABLE: available, BUSY: busy, OFFLINE: offline } };
  }

  /** A reply nobody waits for any more is a claim nobody knows of, unless the call can ask for it again. */
  private async claimOnce({ tenant, queueId, call, token, pending }: ClaimRequest): Promise<ClaimReply> {
    const callId = call === undefined ? '' : this.calls.seal(callKey(tenant, call.hash), call.callId);
    const args = [queueId, call?.hash ?? '', callId, token, this.terms.leaseMs, pending === true ? 1 : 0];
    const giveBack = (late: unknown): void => {
      const reply = late as ClaimReply;
      if (reply[0] !== 1) return;
      const release = [tag(tenant), this.terms.agentTtlMs, reply[2], token, 'place'];
      this.connection.callUnbounded(RELEASE, [leasesKey(tenant)], release);
    };
    return (await this.run(CLAIM, tenant, args, call === undefined ? giveBack : undefined)) as ClaimReply;
  }

  private sealed(report: AgentReport): AgentReport {
    const { tenant, agentId, call } = report;
    if (call === undefined) return report;
    return { ...report, call: { ...call, callId: this.calls.seal(agentKey(tenant, agentId), call.callId) } };
  }

  private stateOf(tenant: string, agentId: string, fields: readonly string[], nowMs: number): AgentState | undefined {
    const stored = parseStoredAgent(agentId, fields, nowMs, this.terms.agentTtlMs);
    if (stored === undefined) return undefined;
    const { callMark, ...state } = stored;
    const place = callMark === undefined ? agentKey(tenant, agentId) : callKey(tenant, callMark);
    return { ...state, currentCallId: this.calls.open(place, state.currentCallId) };
  }

  private run(
    what: typeof CLAIM,
    tenant: string,
    args: readonly (string | number)[],
    onLate?: (reply: unknown) => void,
  ): Promise<unknown> {
    return this.connection.call(what, [leasesKey(tenant)], [tag(tenant), this.terms.agentTtlMs, ...args], onLate);
  }
}

function claimed(reply: ClaimedReply, expired: number): ClaimResult {
  const [kind, , agentId, lockToken, fence, leftMs, queueId, pending] = reply;
  const claim = { agentId, lockToken, fence: Number(fence), lockExpiresInMs: leftMs, queueId };
  return { kind: kind === 1 ? 'claimed' : 'repeated', claim, pending: pending === 1, expired };
}

function placeAfter(outcome: ReleaseOutcome): 'place' | 'back' {
  switch (outcome) {
    case 'failed':
      return 'place';
    case 'rejected':
    case 'ended':
      return 'back';
  }
}

function tag(tenant: string): string {
  return `{${tenant}}`;
}

/** As `shared.lua` names them. What is sealed is tied to its place. */
function agentKey(tenant: string, agentId: string): string {
  return `agent:${tag(tenant)}:${agentId}`;
}

function callKey(tenant: string, mark: string): string {
  return `agent-call:${tag(tenant)}:${mark}`;
}

function leasesKey(tenant: string): string {
  return `agents:{${tenant}}:leases`;
}
