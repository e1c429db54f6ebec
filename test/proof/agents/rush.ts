import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AgentStore,
  AgentStoreOptions,
  Claim,
  ReleaseOutcome,
} from '../../../src/modules/agent-state/store/agent-store.js';
import { wholeState } from '../../../src/contracts/agent-report.js';
import type { Ending, LockRecord } from './claim-history.js';

export interface RushPlan {
  readonly agents: number;
  readonly claimers: number;
  readonly claims: number;
  readonly terms: AgentStoreOptions;
}

export interface RushOutcome {
  readonly locks: readonly LockRecord[];
  /** Requests that found nobody. */
  readonly none: number;
  readonly events: number;
  /** Agents that could be claimed when all was over. */
  readonly claimableAgain: number;
  readonly tookMs: number;
}

/** In which everybody is, and in which so few are that all fight for them. */
const EVERYBODY = 'everybody';
const FEW = 'few';
const IN_FEW = 40;
const TELLERS = 8;
const RELEASES: readonly ReleaseOutcome[] = ['rejected', 'failed', 'ended'];

/**
 * Claimers that claim, repeat, confirm, release and die as they please, while platforms talk.
 * Stores are processes: each claimer has one, and they share nothing but what stands behind them.
 */
export class Rush {
  private readonly tenant = randomUUID();
  private readonly locks: LockRecord[] = [];
  private readonly ids: readonly string[];
  private none = 0;
  private events = 0;
  private over = false;

  constructor(
    private readonly stores: readonly AgentStore[],
    /** For the count at the end: its locks do not run out. */
    private readonly patient: AgentStore,
    private readonly plan: RushPlan,
  ) {
    this.ids = Array.from({ length: plan.agents }, (_, index) => `agent-${index}`);
  }

  async run(): Promise<RushOutcome> {
    await this.begin();
    const fromMs = performance.now();
    const telling = times(TELLERS, (index) => this.tellOn(this.storeOf(index)));
    await Promise.all(times(this.plan.claimers, (index) => this.claimOn(this.storeOf(index))));
    this.over = true;
    await Promise.all(telling);
    const tookMs = performance.now() - fromMs;
    const claimableAgain = await this.claimAll();
    return { locks: this.locks, none: this.none, events: this.events, claimableAgain, tookMs };
  }

  private async begin(): Promise<void> {
    const { tenant } = this;
    for (let from = 0; from < this.ids.length; from += 500) {
      await Promise.all(
        this.ids.slice(from, from + 500).map(async (agentId, index) => {
          await this.storeOf(index).join({ tenant, queueId: EVERYBODY, agentId }, index % 3);
          if (from + index < IN_FEW) await this.storeOf(index).join({ tenant, queueId: FEW, agentId }, 0);
          await this.tell(this.storeOf(index), agentId, 'free');
        }),
      );
    }
  }

  private async claimOn(store: AgentStore): Promise<void> {
    while (this.locks.length < this.plan.claims) await this.claimOnce(store);
  }

  private async claimOnce(store: AgentStore): Promise<void> {
    const callId = randomUUID();
    const request = {
      ...{ tenant: this.tenant, queueId: Math.random() < 0.5 ? FEW : EVERYBODY, token: randomUUID() },
      call: Math.random() < 0.5 ? { callId, hash: callId } : undefined,
    };
    const askedMs = performance.now();
    // A platform that got no answer asks again, here while the first request is under way.
    const repeats = request.call !== undefined && Math.random() < 0.2;
    const requests = repeats ? [request, { ...request, token: randomUUID() }] : [request];
    const [claimed, again] = await Promise.all(requests.map((one, at) => this.storeOf(at).claim(one)));
    const gotMs = performance.now();
    if (claimed === undefined || claimed.kind === 'none') {
      this.none += 1;
      // What the repetition found, nobody comes back for.
      if (again !== undefined && again.kind !== 'none')
        this.note(again.claim, askedMs, gotMs, { ending: { kind: 'abandoned' } });
      return sleep(1);
    }
    if (again !== undefined && again.kind !== 'none' && again.claim.lockToken !== claimed.claim.lockToken)
      this.note(again.claim, askedMs, gotMs, { ending: { kind: 'abandoned' } });
    this.note(claimed.claim, askedMs, gotMs, await this.liveThrough(store, claimed.claim));
  }

  /** What becomes of a lock: some claimers die at once, some when they have confirmed. */
  private async liveThrough(store: AgentStore, claim: Claim): Promise<Pick<LockRecord, 'ending' | 'heldSinceMs'>> {
    const fate = Math.random();
    const owner = { tenant: this.tenant, agentId: claim.agentId, token: claim.lockToken };
    if (fate < 0.15) return { ending: { kind: 'abandoned' } };
    if (fate < 0.5) return { ending: await this.release(store, owner) };
    const sentMs = performance.now();
    if ((await store.confirm(owner)) === undefined) return { ending: { kind: 'refused', ackMs: performance.now() } };
    if (fate < 0.6) return { ending: { kind: 'abandoned' }, heldSinceMs: sentMs };
    return { ending: await this.release(store, owner), heldSinceMs: sentMs };
  }

  private async release(store: AgentStore, owner: Parameters<AgentStore['release']>[0]): Promise<Ending> {
    const outcome = RELEASES[Math.floor(Math.random() * RELEASES.length)] ?? 'ended';
    const sentMs = performance.now();
    const released = await store.release(owner, outcome);
    const ackMs = performance.now();
    return released ? { kind: 'released', sentMs, ackMs } : { kind: 'refused', ackMs };
  }

  private note(
    { agentId, lockToken: token, fence }: Claim,
    askedMs: number,
    gotMs: number,
    end: Pick<LockRecord, 'ending' | 'heldSinceMs'>,
  ): void {
    this.locks.push({ agentId, token, fence, askedMs, gotMs, ...end });
  }

  /** Half of all storms are over the few. */
  private async tellOn(store: AgentStore): Promise<void> {
    while (!this.over) {
      const among = Math.random() < 0.5 ? IN_FEW : this.ids.length;
      const agentId = this.ids[Math.floor(Math.random() * among)] ?? '';
      await this.tell(store, agentId, Math.random() < 0.7 ? 'free' : 'busy');
      this.events += 1;
    }
  }

  private tell(store: AgentStore, agentId: string, availability: 'free' | 'busy', aheadMs = 0): Promise<unknown> {
    const parts = wholeState(availability, Date.now() + aheadMs, availability);
    const said = { eventHash: undefined, platform: 'genesys' as const, region: 'eu', parts };
    return store.applyReport({ tenant: this.tenant, agentId, ...said });
  }

  /** When every lock has run out and everybody is free, everybody can be had, once. */
  private async claimAll(): Promise<number> {
    await sleep(Math.max(this.plan.terms.claimTtlMs, this.plan.terms.holdMs) + 50);
    for (let from = 0; from < this.ids.length; from += 500)
      await Promise.all(this.ids.slice(from, from + 500).map((id) => this.tell(this.storeOf(0), id, 'free', 1000)));
    while ((await this.storeOf(0).sweep(this.tenant)).expired > 0);
    const claimed = new Set<string>();
    for (;;) {
      const answers = await Promise.all(
        times(100, () =>
          this.patient.claim({ tenant: this.tenant, queueId: EVERYBODY, token: randomUUID(), call: undefined }),
        ),
      );
      const found = answers.flatMap((answer) => (answer.kind === 'none' ? [] : [answer.claim.agentId]));
      for (const id of found) claimed.add(id);
      if (found.length < answers.length) return claimed.size;
    }
  }

  private storeOf(index: number): AgentStore {
    const store = this.stores[index % this.stores.length];
    if (store === undefined) throw new Error('there is no store');
    return store;
  }
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
