import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { wholeState } from '../../../../src/contracts/agent-report.js';
import type { Wanted } from '../../../../src/contracts/skills.js';
import type { AgentStore } from '../../../../src/modules/agent-state/store/agent-store.js';
import { StoreOrder } from './store-order.js';

export interface SkillLoadPlan {
  readonly agents: number;
  readonly claimers: number;
  readonly claims: number;
}

export interface SkillLoadOutcome {
  readonly order: StoreOrder;
  /** Locks that claimers got. */
  readonly claimed: number;
  /** Tokens of these locks. */
  readonly tokens: number;
  /** Changes of skills, memberships and states during the claims. */
  readonly changes: number;
  readonly tookMs: number;
}

const [QUEUES, SKILLS, CHANGERS] = [6, 12, 6];
const any = (count: number): number => Math.floor(Math.random() * count);
const queueOf = (n: number): string => `queue-${n}`;
/** The agents of half of the queues have several priority scores. */
const scoreIn = (queue: number): number => (queue % 2 === 0 ? 0 : any(3));

/**
 * Claimers ask for random skills, while supervisors change skills, memberships and states. Each
 * store stands for a process. `StoreOrder` reads along at the server.
 */
export class SkillLoad {
  private readonly tenant = randomUUID();
  private readonly tokens = new Set<string>();
  private claimed = 0;
  private requests = 0;
  private changes = 0;
  private isOver = false;

  constructor(
    private readonly stores: readonly AgentStore[],
    private readonly url: string,
    private readonly plan: SkillLoadPlan,
  ) {}

  async run(): Promise<SkillLoadOutcome> {
    const order = new StoreOrder(this.tenant);
    const client = new Redis(this.url);
    const monitor = await client.monitor();
    const end = randomUUID();
    const seen = new Promise<void>((resolve) => {
      monitor.on('monitor', (_time: string, args: string[], source: string) => {
        order.follow(args, source);
        if (args[1] === end) resolve();
      });
    });
    try {
      await this.addAgents();
      const fromMs = performance.now();
      const changing = times(CHANGERS, (index) => this.changeUntilOver(this.storeOf(index)));
      await Promise.all(times(this.plan.claimers, (index) => this.claimOn(this.storeOf(index))));
      const tookMs = performance.now() - fromMs;
      this.isOver = true;
      await Promise.all(changing);
      await client.echo(end);
      await seen;
      const { claimed, changes } = this;
      return { order, claimed, tokens: this.tokens.size, changes, tookMs };
    } finally {
      monitor.disconnect();
      client.disconnect();
    }
  }

  private async addAgents(): Promise<void> {
    for (let from = 0; from < this.plan.agents; from += 200)
      await Promise.all(
        times(Math.min(200, this.plan.agents - from), async (index) => {
          const agentId = `agent-${from + index}`;
          const store = this.storeOf(index);
          for (const queue of [any(QUEUES), any(QUEUES), 0]) await this.join(store, agentId, queue);
          await this.setSkills(store, agentId, 'read');
          // The agents of the first half are idle for longer, and lack the last skills.
          await this.report(store, agentId, 'free', 3_600_000 - any(3_000_000));
        }),
      );
  }

  private async claimOn(store: AgentStore): Promise<void> {
    while (this.requests < this.plan.claims) {
      this.requests += 1;
      const token = randomUUID();
      const request = { tenant: this.tenant, queueId: queueOf(any(QUEUES)), call: undefined, token };
      const result = await store.claim({ ...request, wanted: any(8) === 0 ? undefined : this.wanted() });
      if (result.kind === 'none') continue;
      this.claimed += 1;
      this.tokens.add(result.claim.lockToken);
      const owner = { tenant: this.tenant, agentId: result.claim.agentId, token };
      if (any(2) === 0) await store.confirm(owner);
      await store.release(owner, any(2) === 0 ? 'ended' : 'rejected');
    }
  }

  private wanted(): Wanted {
    const count = any(20) === 0 ? 10 : any(4);
    const names = new Set(times(count, () => `skill-${any(SKILLS)}`));
    const minimum = (): number => (any(3) === 0 ? any(10) / 2 : any(3));
    return {
      evaluation: (['all', 'all', 'best', 'disregard'] as const)[any(4)] ?? 'all',
      requirements: [...names].map((skill) => ({ skill, minimum: minimum() })),
      preferred: any(8) === 0 ? times(2, () => `agent-${any(this.plan.agents)}`) : [],
    };
  }

  private async changeUntilOver(store: AgentStore): Promise<void> {
    while (!this.isOver) {
      const agentId = `agent-${any(this.plan.agents)}`;
      const queue = any(QUEUES);
      this.changes += 1;
      switch (any(5)) {
        case 0:
          await this.join(store, agentId, queue);
          break;
        case 1:
          await store.leave(
            { tenant: this.tenant, queueId: queueOf(queue), agentId },
            any(2) === 0 ? 'read' : 'declared',
          );
          break;
        case 2:
          await this.setSkills(store, agentId, any(2) === 0 ? 'read' : 'declared');
          break;
        case 3:
          await this.report(store, agentId, 'busy');
          break;
        default:
          await this.report(store, agentId, 'free');
      }
    }
  }

  private join(store: AgentStore, agentId: string, queue: number): Promise<unknown> {
    const source = any(2) === 0 ? 'read' : 'declared';
    return store.join({ tenant: this.tenant, queueId: queueOf(queue), agentId }, scoreIn(queue), source);
  }

  /** Most agents lack the last skills. */
  private setSkills(store: AgentStore, agentId: string, source: 'read' | 'declared'): Promise<unknown> {
    const known = any(6) === 0 ? SKILLS : SKILLS - 3;
    const skills = new Map(times(any(7), (): [string, number] => [`skill-${any(known)}`, any(11) / 2]));
    return store.setSkills({ tenant: this.tenant, agentId, source, skills, atMs: Date.now() });
  }

  private report(store: AgentStore, agentId: string, availability: 'free' | 'busy', agoMs = 0): Promise<unknown> {
    return store.applyReport({
      ...{ tenant: this.tenant, agentId, eventHash: undefined, platform: 'genesys', region: 'eu' },
      parts: wholeState(availability, Date.now() - agoMs, availability),
    });
  }

  private storeOf(index: number): AgentStore {
    const store = this.stores[index % this.stores.length];
    if (store === undefined) throw new Error('no store: pass at least one');
    return store;
  }
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
