import type { AgentReport } from '../../../contracts/agent-report.js';
import type { SkillRequirement, Skills, Wanted } from '../../../contracts/skills.js';
import type { Deadline } from '../../../kernel/deadline.js';
import type {
  Availability,
  LeaveResult,
  RecordSource,
  SkillMatch,
  SkillsChange,
  SkillsResult,
} from './skill-claims.js';
import type { AgentSlice, JoinSource, RuleRecord, RuleScores } from './rule-scores.js';

export type AgentStatus = 'AVAILABLE' | 'BUSY' | 'OFFLINE';

/**
 * Where an event of an agent comes from. `local`: this region accepted the event, and sends it to
 * the other regions. `log`: another region accepted it, and its record was read from the log. The
 * store then writes nothing into the outbox, and the call id is sealed already.
 */
export type EventOrigin = 'local' | 'log';

/** Durations that every script and the in-process store use, so that all stores agree. */
export interface AgentStoreOptions {
  /** How long the lock of a claim lasts without a confirmation; milliseconds. */
  readonly claimTtlMs: number;
  /** The longest time that a confirmed lock lasts; milliseconds. */
  readonly holdMs: number;
  /** An agent without a report for this long is stale; milliseconds. */
  readonly agentTtlMs: number;
}

/**
 * The time to confirm a claim, 10 s. `docs/concepts/agents.md` promises this time and `HOLD_MS`.
 */
export const CLAIM_TTL_MS = 10_000;
/** The longest time that a confirmed lock lasts, 4 h: the longest interaction. */
export const HOLD_MS = 14_400_000;
/** An event id counts as a duplicate for 24 h. */
export const EVENT_DEDUPLICATION_MS = 86_400_000;
/** A time that is further ahead of the store's clock is replaced by the store's time. */
export const MAX_CLOCK_AHEAD_MS = 60_000;
/**
 * The same for an event from the log. The region that sent the event has already compared the time
 * with its own clock, and all regions must store the same time. So only a time that is too far
 * ahead for the clock of any region is replaced.
 */
export const MAX_LOG_CLOCK_AHEAD_MS = 300_000;
/** An agent without a report for a week is deleted; its queue memberships stay. */
export const DELETED_AFTER_MS = 604_800_000;
/** A change of status updates all queues of the agent, so their number is limited. */
export const MAX_QUEUES_PER_AGENT = 200;
export const MAX_AGENTS_PER_QUEUE = 100_000;
/** Memberships have no TTL. About 300 bytes each, so 60 MB per tenant. */
export const MAX_MEMBERSHIPS_PER_TENANT = 200_000;
/** Agents with a report in the last week. About 1 KB each, so 100 MB per tenant. */
export const MAX_AGENTS_PER_TENANT = 100_000;
export const MAX_PAGE_SIZE = 500;

export type RefusedReport = 'too-many-agents' | 'store-full';

/**
 * `unchanged`: the source `read` had the membership with the same priority score. `older`: the
 * stored read membership, or its end, is newer. `too-many-…`: a limit of the agent, of the queue or
 * of the tenant would be exceeded. `store-full`: the store's memory is nearly full.
 */
export type JoinResult = 'joined' | 'unchanged' | 'older' | RefusedJoin;
export type RefusedJoin = 'too-many-queues' | 'too-many-members' | 'too-many-memberships' | 'store-full';

export interface ReportResult {
  /**
   * `older`: the stored state is newer and did not change. `too-many-agents`: the agent is new, and
   * the tenant has `MAX_AGENTS_PER_TENANT`. `store-full`: the agent is new, and the store's memory
   * is nearly full.
   */
  readonly outcome: 'applied' | 'older' | 'duplicate' | RefusedReport;
  /**
   * `true` means a time was more than `MAX_CLOCK_AHEAD_MS` ahead, and the store used its own time.
   */
  readonly clamped: boolean;
  /** `true` means the agent was known and its status changed. */
  readonly changed: boolean;
  /**
   * The mark of the event in every region, if the other regions get the event. The other regions
   * also get an event that changed nothing, so that a read there can wait for this event.
   * `undefined` with a single region, and if the outbox is full.
   */
  readonly mark?: string;
}

/** The result of a report that the platform no longer has the agent. */
export function goneResult(changed: boolean): ReportResult {
  return { outcome: changed ? 'applied' : 'older', clamped: false, changed };
}

/** A call, and the caller that asks for it. The same call id of another caller is another call. */
export interface ClaimingCall {
  readonly callId: string;
  readonly hash: string;
  /** Keyed hash of the caller's name. */
  readonly callerHash: string;
}

export interface ClaimRequest {
  readonly tenant: string;
  readonly queueId: string;
  /** The call that needs an agent. Without a call, each request claims another agent. */
  readonly call: ClaimingCall | undefined;
  /** Unique per request. */
  readonly token: string;
  /** `true` means the claim stays pending until `resolve`, or until its lock expires. */
  readonly pending?: true;
  /**
   * `true` means that a pending claim, which the platform will verify, also skips agents of silent
   * regions. A claim that is not pending always skips them.
   */
  readonly skipsSilent?: true;
  /**
   * After this deadline, the store begins no further step of the claim. `undefined` means no
   * deadline.
   */
  readonly deadline?: Deadline;
  /**
   * The fence of the claim is greater than this number: the last fence of another home of the
   * tenant. Default 0.
   */
  readonly fenceAbove?: number;
  /** `undefined` means that skills do not matter: the first free agent of the queue is claimed. */
  readonly wanted?: Wanted | undefined;
}

/** The rule and the score are there if the first claim was a claim by skill. */
export interface Claim extends Partial<SkillMatch> {
  readonly agentId: string;
  readonly lockToken: string;
  /**
   * Greater than the fences of all earlier claims of the tenant. After a failover of Redis, this
   * holds under the conditions of ADR 43.
   */
  readonly fence: number;
  readonly lockExpiresInMs: number;
  /** The queue of the first request; a repeated request may name another queue. */
  readonly queueId: string;
}

export type ClaimResult = (
  | {
      readonly kind: 'claimed' | 'repeated';
      readonly claim: Claim;
      /**
       * `true` means the claim waits for `resolve`, by this request or by the request it repeats.
       */
      readonly pending: boolean;
    }
  /**
   * @property isClosed claims of the tenant are closed in this region
   * @property lacksSkills no member of the queue has all required skills
   */
  | { readonly kind: 'none'; readonly isClosed?: true; readonly lacksSkills?: true }
) & {
  /** Number of expired locks that this claim ended. */
  readonly expired: number;
};

/** Identifies an agent lock. Only the claimer knows the token. */
export interface LockOwner {
  readonly tenant: string;
  readonly agentId: string;
  readonly token: string;
}

/**
 * `rejected`: the agent did not accept the call. `failed`: the call never reached the agent.
 * `ended`: the interaction is over.
 */
export type ReleaseOutcome = 'rejected' | 'failed' | 'ended';

/**
 * The decision about a pending claim. `rejected` means that the agent is not free, or not stored
 * any more. `verified` means that the platform reports the agent free, or did not answer.
 */
export type ClaimVerdict = 'verified' | 'rejected';

/** A platform's event that a conversation ended, for one agent or for all. */
export interface EndedCall {
  readonly tenant: string;
  readonly callHash: string;
  readonly eventHash: string;
  /**
   * The agent that left the conversation; `undefined` means the conversation is over for all
   * agents.
   */
  readonly agentId?: string;
}

/** `none` means that the call has no confirmed lock. */
export type EndCallResult = 'ended' | 'none' | 'duplicate';

export interface AgentState {
  readonly agentId: string;
  readonly status: AgentStatus;
  readonly stale: boolean;
  /**
   * The call of the lock, else the conversation the platform reported; the empty string means there
   * is none.
   */
  readonly currentCallId: string;
  readonly locked: boolean;
  /** By the platform's clock, Unix milliseconds. */
  readonly lastUpdated: number;
  readonly platform: string;
  readonly platformStatus: string;
  readonly region: string;
}

export interface Membership {
  readonly tenant: string;
  readonly queueId: string;
  readonly agentId: string;
}

export interface QueuePage {
  /** Number of members on all pages. */
  readonly total: number;
  /** Lowest score first. `state` is `undefined` for an agent without a report. */
  readonly members: readonly {
    readonly agentId: string;
    readonly priorityScore: number;
    readonly state: AgentState | undefined;
  }[];
}

export interface NotReportedAgents {
  /** The store's clock, Unix milliseconds. */
  readonly nowMs: number;
  readonly agentIds: readonly string[];
}

export interface SweepResult {
  /** Number of expired locks that this sweep ended. */
  readonly expired: number;
  readonly counts: Readonly<Record<AgentStatus, number>>;
}

/**
 * Stores agent states, queue memberships and agent locks.
 *
 * Guarantees:
 * - An agent has at most one lock at a time, in all queues and for all processes.
 * - A lock ends only by a release of its owner, a rejected verdict, or its expiry. A confirmed lock
 *   also ends with its conversation.
 * - A claimed agent is available and not stale at that moment. Only a pending claim may get an
 *   agent whose region is silent.
 * - A claimed agent has the lowest priority score among the free agents of the queue. Among equal
 *   scores, it has the longest idle time by the platform's clock. A claim by skill considers the
 *   agents that meet the request; `Wanted` gives the rules.
 * - Declared and read memberships and skills never change each other.
 * - Each state part follows the platform's own times, so any order of arrival ends in the same
 *   state.
 * - A claim belongs to its caller: no other caller gets the lock by naming the call.
 *
 * Does not guarantee: that the platform still agrees; anything across a failover of Redis.
 *
 * Each method may reject with `StoreUnavailable`. The store may have carried out the operation
 * nevertheless.
 *
 * The file exceeds 220 lines because it is the whole port. More than half of it are the types and
 * limits of these methods, and callers need both together.
 */
export abstract class AgentStore {
  /**
   * Applies a report. If the report changed something here or has an event id, the other regions
   * get it.
   *
   * @param origin default: `local`
   */
  abstract applyReport(report: AgentReport, origin?: EventOrigin): Promise<ReportResult>;

  /**
   * Marks an agent that the platform does not list. The second complete reading in a row without
   * the agent makes it `OFFLINE`. A later report, or a reading that lists the agent, brings back
   * the state that the platform reported.
   *
   * @param readFromMs when the reading began, on the store's own clock. `undefined` means that the
   *   platform was asked for this agent and has none. Such an absence counts at once
   * @returns whether the agent's status changed
   */
  abstract markAbsent(tenant: string, agentId: string, readFromMs: number | undefined): Promise<boolean>;

  abstract claim(request: ClaimRequest): Promise<ClaimResult>;

  /**
   * Stops the claims of a tenant, because another region becomes its home. Locks stay.
   *
   * @returns the last fence of the tenant; 0 if there was none. No claim gets a later fence
   */
  abstract closeClaims(tenant: string): Promise<number>;

  abstract openClaims(tenant: string): Promise<void>;

  /**
   * Resolves a pending claim. A rejected claim is removed from its call. The agent is not claimed
   * again until a new report says available, or until the lock expires.
   *
   * @returns `false` if no claim with this token is pending: another request resolved it, or it
   *   expired
   */
  abstract resolve(owner: LockOwner, verdict: ClaimVerdict): Promise<boolean>;

  /**
   * Confirms a lock, which then lasts until the interaction ends. A second confirmation changes
   * nothing.
   *
   * @param day `YYYY-MM-DD`: the call counts as a call of the agent on this day. `undefined` means
   *   that calls are not counted
   * @returns the remaining milliseconds of the lock; `undefined` if the token holds no lock
   */
  abstract confirm(owner: LockOwner, day?: string): Promise<number | undefined>;

  /**
   * Ends a lock. `failed` keeps the agent's position; the other outcomes move the agent behind the
   * free agents of its queues.
   *
   * @returns `false` if the token holds no lock
   */
  abstract release(owner: LockOwner, outcome: ReleaseOutcome): Promise<boolean>;

  /**
   * Ends the confirmed locks of an ended call, of every caller. A lock that is not confirmed stays.
   * Each event counts once, so a repeated event ends no later lock.
   *
   * @param origin default: `local`. The lock may be in another region, the home of the tenant
   */
  abstract endCall(call: EndedCall, origin?: EventOrigin): Promise<EndCallResult>;

  /** @returns `undefined` if no report of the agent is stored */
  abstract read(tenant: string, agentId: string): Promise<AgentState | undefined>;

  /**
   * Makes the agent a member of a queue, or changes its priority score there.
   *
   * @param priorityScore the score of the source `declared` counts while there is one, otherwise
   *   the score of `read`
   * @param source default: `declared`
   * @param atMs of a read membership: the start of the reading, or the time of the event; Unix
   *   milliseconds. An older change than the stored one is ignored. A time more than
   *   `MAX_CLOCK_AHEAD_MS` ahead counts as the store's time. Default: the store's time
   */
  abstract join(membership: Membership, priorityScore: number, source?: JoinSource, atMs?: number): Promise<JoinResult>;

  /**
   * Ends the membership of one source. The agent stays a member while the other source has it.
   *
   * @param source default: `declared`
   * @param atMs as of `join`. An older join within `LEFT_REMEMBERED_MS` brings no membership back
   */
  abstract leave(membership: Membership, source?: RecordSource, atMs?: number): Promise<LeaveResult>;

  abstract listMembers(tenant: string, queueId: string, offset: number, limit: number): Promise<QueuePage>;

  /** Lists the agents that the source `read` has in the queue, in no order. */
  abstract listReadMembers(tenant: string, queueId: string): Promise<readonly string[]>;

  /** Lists the queues that the source `read` has the agent in, in no order. */
  abstract listReadQueues(tenant: string, agentId: string): Promise<readonly string[]>;

  /**
   * Replaces the skills of one source, unless the stored skills of this source are newer. A time
   * more than `MAX_CLOCK_AHEAD_MS` ahead counts as the store's time.
   */
  abstract setSkills(change: SkillsChange): Promise<SkillsResult>;

  /**
   * Reads the skills of both sources. If both have a skill, the declared proficiency counts. An
   * agent without skills, or an unknown one, has an empty map.
   */
  abstract readSkills(tenant: string, agentId: string): Promise<Skills>;

  /** @param day `YYYY-MM-DD`: the day of which the calls are read */
  abstract readRuleRecord(tenant: string, agentId: string, day: string): Promise<RuleRecord>;

  /**
   * Replaces the scores of the rule: those of read memberships, and of memberships that are
   * declared without a score. Their times stay, and so do declared scores. Free agents move in
   * their queues at once.
   *
   * @returns the number of changed scores; `undefined` if the record has another version by now,
   *   and nothing changed
   */
  abstract setRuleScores(scores: RuleScores): Promise<number | undefined>;

  /**
   * Stores the date of hire until the agent is deleted.
   *
   * @param hiredOn `YYYY-MM-DD`; `undefined` means unknown
   * @returns whether the date changed
   */
  abstract setHireDate(tenant: string, agentId: string, hiredOn: string | undefined): Promise<boolean>;

  /**
   * Lists agents with a queue or a skill. An agent that has one of them during the whole listing is
   * in exactly one part.
   *
   * @param from 0, or `next` of the part before
   * @param limit of agents in the part
   */
  abstract listRanked(tenant: string, from: number, limit: number): Promise<AgentSlice>;

  /** @param requirements empty: `withSkills` equals `available` */
  abstract availability(
    tenant: string,
    queueId: string,
    requirements: readonly SkillRequirement[],
  ): Promise<Availability>;

  /**
   * Lists the agents without a report since `sinceMs`, oldest report first.
   *
   * @param sinceMs on the store's own clock, which `nowMs` of the result shows; `undefined` lists
   *   all agents
   */
  abstract listNotReportedSince(
    tenant: string,
    sinceMs: number | undefined,
    offset: number,
    limit: number,
  ): Promise<NotReportedAgents>;

  /**
   * Ends expired locks, deletes agents without a report for a week, and counts agents. Each call
   * handles a limited number.
   */
  abstract sweep(tenant: string): Promise<SweepResult>;

  /**
   * Restores agents that claims took out because their region was silent. If that region is heard
   * again, they are free agents of their queues again. Each call handles a limited number.
   *
   * @returns `true` if more agents may be left
   */
  abstract restore(tenant: string): Promise<boolean>;
}
