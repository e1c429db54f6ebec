/** This file exceeds 220 lines because a load and its claimers share their records. */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AgentStore,
  AgentStoreOptions,
  Claim,
  ClaimResult,
  ReleaseOutcome,
} from '../../../src/modules/agent-state/store/agent-store.js';
import { StoreUnavailable } from '../../../src/kernel/errors.js';
import { wholeState } from '../../../src/contracts/agent-report.js';
import { eventually } from '../../support/eventually.js';
import type { Ending, LockRecord, SplitCall } from './claim-history.js';

export interface ClaimLoadPlan {
  /** Default: a new one. */
  readonly tenant?: string;
  readonly agents: number;
  readonly claimers: number;
  readonly claims: number;
  readonly terms: AgentStoreOptions;
}

export interface ClaimLoadOutcome {
  readonly locks: readonly LockRecord[];
  /** Calls that got two locks although their requests were sent at the same time. */
  readonly splits: readonly SplitCall[];
  /** Number of claim requests that found no agent. */
  readonly none: number;
  /** Number of requests that the store refused: what they did is unknown. */
  readonly unknown: number;
  readonly events: number;
  /** Number of agents that could be claimed after the run. */
  readonly claimableAgain: number;
  /** Of these, the agents that could be claimed from the queue of few agents. */
  readonly claimableFromFew: number;
  readonly tookMs: number;
}

/** The queue of all agents, and the queue of few agents that all claimers compete for. */
const ALL_AGENTS = 'all-agents';
const FEW_AGENTS = 'few-agents';
export const FEW_AGENTS_COUNT = 40;
const REPORTERS = 8;
const RELEASES: readonly ReleaseOutcome[] = ['rejected', 'failed', 'ended'];

/**
 * Claimers claim, repeat, confirm, release and die at random while platforms report states.
 * Each store stands for a process and serves some of the claimers.
 * The stores share only the Redis server.
 */
export class ClaimLoad {
  private readonly tenant: string;
  private readonly locks: LockRecord[] = [];
  private readonly splits: SplitCall[] = [];
  private readonly ids: readonly string[];
  private none = 0;
  private unknown = 0;
  private events = 0;
  private isOver = false;
  private isDisturbed = false;

  constructor(
    private readonly stores: readonly AgentStore[],
    /** Counts the claimable agents after the run: its locks do not expire. */
    private readonly longLeaseStore: AgentStore,
    private readonly plan: ClaimLoadPlan,
  ) {
    this.tenant = plan.tenant ?? randomUUID();
    this.ids = Array.from({ length: plan.agents }, (_, index) => `agent-${index}`);
  }

  /** @param disturb runs at the same time as the load, which lasts as long as both do */
  async run(disturb?: () => Promise<void>): Promise<ClaimLoadOutcome> {
    await this.addAgents();
    const fromMs = performance.now();
    this.isDisturbed = disturb !== undefined;
    const disturbing = disturb?.().finally(() => (this.isDisturbed = false));
    const reporting = times(REPORTERS, (index) => this.reportUntilOver(this.storeOf(index)));
    await Promise.all(times(this.plan.claimers, (index) => this.claimOn(this.storeOf(index))));
    await disturbing;
    this.isOver = true;
    await Promise.all(reporting);
    const tookMs = performance.now() - fromMs;
    await this.freeAll();
    const fromFew = await this.claimAll(FEW_AGENTS);
    const all = new Set([...fromFew, ...(await this.claimAll(ALL_AGENTS))]);
    const counted = { claimableAgain: all.size, claimableFromFew: fromFew.size };
    const { locks, splits, none, unknown, events } = this;
    return { locks, splits, none, unknown, events, ...counted, tookMs };
  }

  /** The number of locks that claimers got. */
  get claimed(): number {
    return this.locks.length;
  }

  private async addAgents(): Promise<void> {
    const { tenant } = this;
    for (let from = 0; from < this.ids.length; from += 500) {
      await Promise.all(
        this.ids.slice(from, from + 500).map(async (agentId, index) => {
          await this.storeOf(index).join({ tenant, queueId: ALL_AGENTS, agentId }, index % 3);
          if (from + index < FEW_AGENTS_COUNT)
            await this.storeOf(index).join({ tenant, queueId: FEW_AGENTS, agentId }, 0);
          await this.report(this.storeOf(index), agentId, 'free');
        }),
      );
    }
  }

  private async claimOn(store: AgentStore): Promise<void> {
    while (this.isDisturbed || this.locks.length < this.plan.claims) await this.claimOnce(store);
  }

  private async claimOnce(store: AgentStore): Promise<void> {
    const callId = randomUUID();
    const request = {
      ...{ tenant: this.tenant, queueId: Math.random() < 0.5 ? FEW_AGENTS : ALL_AGENTS, token: randomUUID() },
      call: Math.random() < 0.5 ? { callId, hash: callId, callerHash: 'caller' } : undefined,
    };
    const requestedMs = performance.now();
    // A platform without an answer repeats its request, here while the first request is under way.
    const repeats = request.call !== undefined && Math.random() < 0.2;
    const requests = repeats ? [request, { ...request, token: randomUUID() }] : [request];
    const [claimed, repeated] = await Promise.all(
      requests.map((claimRequest, index) => this.known(this.storeOf(index).claim(claimRequest))),
    );
    const answeredMs = performance.now();
    const [first, second] = [claimOf(claimed), claimOf(repeated)];
    // The claimer abandons the agent that only the repeated request found.
    if (isSplit(first, second)) this.splits.push({ requestedMs, answeredMs });
    if (second !== undefined && second.lockToken !== first?.lockToken)
      this.record(second, requestedMs, answeredMs, { ending: { kind: 'abandoned' } });
    if (first !== undefined) {
      this.record(first, requestedMs, answeredMs, await this.endLock(store, first));
      return;
    }
    if (claimed !== undefined) this.none += 1;
    await sleep(1);
  }

  /** Ends a lock at random: some claimers die at once, some after their confirmation. */
  private async endLock(store: AgentStore, claim: Claim): Promise<Pick<LockRecord, 'ending' | 'heldSinceMs'>> {
    const random = Math.random();
    const owner = { tenant: this.tenant, agentId: claim.agentId, token: claim.lockToken };
    if (random < 0.15) return { ending: { kind: 'abandoned' } };
    if (random < 0.5) return { ending: await this.release(store, owner) };
    const sentMs = performance.now();
    const confirmed = await this.known(store.confirm(owner).then((remainingMs) => remainingMs !== undefined));
    // The lock may be confirmed or not, so only its first time is sure.
    if (confirmed === undefined) return { ending: { kind: 'abandoned' } };
    if (!confirmed) return { ending: { kind: 'refused', ackMs: performance.now() } };
    if (random < 0.6) return { ending: { kind: 'abandoned' }, heldSinceMs: sentMs };
    return { ending: await this.release(store, owner), heldSinceMs: sentMs };
  }

  private async release(store: AgentStore, owner: Parameters<AgentStore['release']>[0]): Promise<Ending> {
    const outcome = RELEASES[Math.floor(Math.random() * RELEASES.length)] ?? 'ended';
    const sentMs = performance.now();
    const released = await this.known(store.release(owner, outcome));
    const ackMs = performance.now();
    // The lock may have ended as soon as the release was sent.
    if (released === undefined) return { kind: 'released', sentMs, ackMs };
    return released ? { kind: 'released', sentMs, ackMs } : { kind: 'refused', ackMs };
  }

  private record(
    { agentId, lockToken: token, fence }: Claim,
    requestedMs: number,
    answeredMs: number,
    lockEnd: Pick<LockRecord, 'ending' | 'heldSinceMs'>,
  ): void {
    this.locks.push({ agentId, token, fence, requestedMs, answeredMs, ...lockEnd });
  }

  /** @returns `undefined` if the store refused the request */
  private async known<T>(request: Promise<T>): Promise<T | undefined> {
    try {
      return await request;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.unknown += 1;
      await sleep(5);
      return undefined;
    }
  }

  /** Half of all reports are about the agents of the small queue. */
  private async reportUntilOver(store: AgentStore): Promise<void> {
    while (!this.isOver) {
      const agentCount = Math.random() < 0.5 ? FEW_AGENTS_COUNT : this.ids.length;
      const agentId = this.ids[Math.floor(Math.random() * agentCount)] ?? '';
      await this.known(this.report(store, agentId, Math.random() < 0.7 ? 'free' : 'busy'));
      this.events += 1;
    }
  }

  private report(store: AgentStore, agentId: string, availability: 'free' | 'busy', aheadMs = 0): Promise<unknown> {
    const parts = wholeState(availability, Date.now() + aheadMs, availability);
    const report = { eventHash: undefined, platform: 'genesys' as const, region: 'eu', parts };
    return store.applyReport({ tenant: this.tenant, agentId, ...report });
  }

  /** Waits until every lock has expired, and reports every agent free. */
  private async freeAll(): Promise<void> {
    await sleep(Math.max(this.plan.terms.claimTtlMs, this.plan.terms.holdMs) + 50);
    for (let from = 0; from < this.ids.length; from += 500)
      await Promise.all(
        this.ids
          .slice(from, from + 500)
          .map((id) => eventually(() => this.report(this.longLeaseStore, id, 'free', 1000))),
      );
    while ((await eventually(() => this.longLeaseStore.sweep(this.tenant))).expired > 0);
    // After a loss of data the store refuses claims for some seconds.
    await eventually(() => this.claimFrom('no-agents'), { withinMs: 60_000 });
  }

  /** Claims each agent of the queue once. */
  private async claimAll(queueId: string): Promise<Set<string>> {
    const claimed = new Set<string>();
    for (;;) {
      const answers = await Promise.all(times(100, () => this.claimFrom(queueId)));
      const found = answers.flatMap((answer) => (answer.kind === 'none' ? [] : [answer.claim.agentId]));
      for (const id of found) claimed.add(id);
      if (found.length < answers.length) return claimed;
    }
  }

  private claimFrom(queueId: string): Promise<ClaimResult> {
    return this.longLeaseStore.claim({ tenant: this.tenant, queueId, token: randomUUID(), call: undefined });
  }

  private storeOf(index: number): AgentStore {
    const store = this.stores[index % this.stores.length];
    if (store === undefined) throw new Error('no store: pass at least one');
    return store;
  }
}

/** Whether two requests of one call got two locks. */
function isSplit(first: Claim | undefined, second: Claim | undefined): boolean {
  return first !== undefined && second !== undefined && first.lockToken !== second.lockToken;
}

function claimOf(result: ClaimResult | undefined): Claim | undefined {
  return result === undefined || result.kind === 'none' ? undefined : result.claim;
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
