import type { AgentReport } from '../../../contracts/agent-report.js';

export type AgentStatus = 'AVAILABLE' | 'BUSY' | 'OFFLINE';

/** How long things last; given once, so that every script and the in-process store agree. */
export interface AgentStoreOptions {
  /** How long a claim waits for its confirmation. */
  readonly leaseMs: number;
  /** The longest an interaction keeps its agent. */
  readonly holdMs: number;
  /** An agent not heard of for longer is stale. */
  readonly agentTtlMs: number;
}

/** Contract, section 5, and seed 3. */
export const LEASE_MS = 10_000;
export const HOLD_MS = 14_400_000;
/** For how long an event is known again. */
export const EVENT_DEDUPLICATION_MS = 86_400_000;
/** How far a platform's clock may be ahead of ours. */
export const MAX_CLOCK_AHEAD_MS = 60_000;
/** An agent nobody has spoken of for a week is forgotten; memberships stay. */
export const DELETED_AFTER_MS = 604_800_000;
/** A change of status walks over all queues of the agent. */
export const MAX_QUEUES_PER_AGENT = 200;
export const MAX_AGENTS_PER_QUEUE = 100_000;
export const MAX_PAGE_SIZE = 500;

export interface ReportResult {
  /** `older`: what is stored is newer, nothing changed. */
  readonly outcome: 'applied' | 'older' | 'duplicate';
  /** A time was more than `AHEAD_MS` ahead, and was taken for now. */
  readonly clamped: boolean;
  /** A known agent has another status than before. */
  readonly changed: boolean;
}

export interface ClaimRequest {
  readonly tenant: string;
  readonly queueId: string;
  /** Absent: the request cannot be told from another, and a repetition claims another agent. */
  readonly call: { readonly callId: string; readonly hash: string } | undefined;
  /** Unique to the request. */
  readonly token: string;
  /** The claim is pending until it is concluded, or its lease ends. */
  readonly pending?: true;
}

export interface Claim {
  readonly agentId: string;
  readonly lockToken: string;
  /** Greater for every later claim of the tenant. */
  readonly fence: number;
  readonly lockExpiresInMs: number;
  /** The queue it was claimed for; a repeated request may have named another. */
  readonly queueId: string;
}

export type ClaimResult = (
  | {
      readonly kind: 'claimed' | 'repeated';
      readonly claim: Claim;
      /** It waits to be concluded, by this request or the one it repeats. */
      readonly pending: boolean;
    }
  | { readonly kind: 'none' }
) & {
  /** Locks found to have run out, and ended, on the way. */
  readonly expired: number;
};

/** Who asks to end or to hold a lock. */
export interface LockOwner {
  readonly tenant: string;
  readonly agentId: string;
  readonly token: string;
}

/** `rejected`: the agent did not take it. `failed`: it never reached the agent. `ended`: the interaction is over. */
export type ReleaseOutcome = 'rejected' | 'failed' | 'ended';

/** What became of a pending claim. */
export type ClaimVerdict = 'confirmed' | 'rejected';

/** What a platform's event says of a conversation. */
export interface EndedCall {
  readonly tenant: string;
  readonly callHash: string;
  readonly eventHash: string;
  /** The one who left; absent: everybody did. */
  readonly agentId?: string;
}

/** `none`: no lock is held for it. */
export type EndCallResult = 'ended' | 'none' | 'duplicate';

export interface AgentState {
  readonly agentId: string;
  readonly status: AgentStatus;
  readonly stale: boolean;
  /** Of the lock, else of the platform's conversation events; empty: none. */
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
  readonly total: number;
  /** Lowest score first; `state` is absent for who was never heard of. */
  readonly members: readonly {
    readonly agentId: string;
    readonly priorityScore: number;
    readonly state: AgentState | undefined;
  }[];
}

export interface NotReportedAgents {
  readonly nowMs: number;
  readonly agentIds: readonly string[];
}

export interface SweepResult {
  readonly expired: number;
  readonly counts: Readonly<Record<AgentStatus, number>>;
}

/**
 * Who is free, and who has whom.
 *
 * Promised: an agent is in at most one lock at a time, whatever queues they are in and however many processes claim; a lock stands until
 * its owner releases it, its conversation ends, or its time is up, and nothing else ends it; who is claimed was available and not stale
 * at that moment; of those it was the one with the lowest priority score in that queue, and among equals the one idle longest by the platform's
 * clock; what a platform said is kept part by part in the order of its own times, so that any order of arrival ends in the same state.
 * Not promised: that the platform still agrees; anything across a failover of Redis.
 *
 * Every method may reject with `StoreUnavailable`: it may have been carried out all the same.
 */
export abstract class AgentStore {
  abstract applyReport(report: AgentReport): Promise<ReportResult>;

  abstract claim(request: ClaimRequest): Promise<ClaimResult>;

  /**
   * Ends the wait of a pending claim. Dropped, it is forgotten by its call, and nobody gets its agent before they are heard of as available
   * anew, or the lease is over.
   *
   * @returns false when no claim of this token is pending: somebody else has decided, or it ran out
   */
  abstract resolve(owner: LockOwner, verdict: ClaimVerdict): Promise<boolean>;

  /** The milliseconds the lock may last; absent when the token is not that of a lock that stands. */
  abstract confirm(owner: LockOwner): Promise<number | undefined>;

  /** `failed` keeps the agent's place; the others go to the back of their lines. False when the token is not that of a lock that stands. */
  abstract release(owner: LockOwner, outcome: ReleaseOutcome): Promise<boolean>;

  /** The lock held for a conversation that is over ends. The event counts once: told again, it must not end a later lock. */
  abstract endCall(over: EndedCall): Promise<EndCallResult>;

  /** Absent: never heard of, or forgotten. */
  abstract read(tenant: string, agentId: string): Promise<AgentState | undefined>;

  /** False when there would be too many queues or members. */
  abstract join(membership: Membership, priorityScore: number): Promise<boolean>;

  /** False when it was no member. */
  abstract leave(membership: Membership): Promise<boolean>;

  abstract listMembers(tenant: string, queueId: string, offset: number, limit: number): Promise<QueuePage>;

  /** Agents of whom nothing was heard since; longest silent first. `nowMs` is the store's own clock, which `sinceMs` is on. */
  abstract listNotReportedSince(
    tenant: string,
    sinceMs: number | undefined,
    offset: number,
    limit: number,
  ): Promise<NotReportedAgents>;

  /** Ends locks that have run out, forgets who is long silent, and counts. A bounded part of it each time. */
  abstract sweep(tenant: string): Promise<SweepResult>;
}
