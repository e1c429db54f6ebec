import type { StatePart, Availability } from '../../../src/contracts/agent-report.js';
import type {
  AgentStatus,
  AgentStoreOptions,
  ReleaseOutcome,
} from '../../../src/modules/agent-state/store/agent-store.js';

interface ModelLock {
  readonly token: string;
  readonly call: string | undefined;
  untilMs: number;
  held: boolean;
}

interface ModelAgent {
  readonly reported: Map<StatePart, { readonly atMs: number; readonly availability: Availability }>;
  readonly queues: Map<string, number>;
  lastReportMs: number | undefined;
  notBeforeMs: number;
  lock: ModelLock | undefined;
}

/** In the order of caution: of two reports with the same time the more cautious one wins. */
const CAUTION: readonly Availability[] = ['free', 'busy', 'off'];

/**
 * The simplest form of agents, locks and queues: no sorted queues and no sweeps.
 * Each call computes its result from all agents.
 */
export class Model {
  private readonly agents = new Map<string, ModelAgent>();

  constructor(
    private readonly terms: AgentStoreOptions,
    private readonly nowMs: () => number,
  ) {}

  report(id: string, parts: readonly StatePart[], availability: Availability, atMs: number): 'applied' | 'older' {
    const agent = this.agent(id);
    const newer = parts.filter((part) => {
      const known = agent.reported.get(part);
      if (known === undefined || atMs > known.atMs) return true;
      return atMs === known.atMs && CAUTION.indexOf(availability) >= CAUTION.indexOf(known.availability);
    });
    for (const part of newer) agent.reported.set(part, { atMs, availability });
    if (newer.length > 0) agent.lastReportMs = this.nowMs();
    return newer.length > 0 ? 'applied' : 'older';
  }

  join(id: string, queue: string, score: number): void {
    this.agent(id).queues.set(queue, score);
  }

  leave(id: string, queue: string): boolean {
    return this.agent(id).queues.delete(queue);
  }

  /** Returns the agent that a claim must get. Ends all expired locks first. */
  claim(
    queue: string,
    call: string | undefined,
    token: string,
  ): { readonly id: string; readonly token: string } | undefined {
    this.endExpired();
    for (const [id, { lock }] of this.agents)
      if (call !== undefined && lock?.call === call) return { id, token: lock.token };
    const [first] = [...this.agents]
      .filter(([id, { queues }]) => queues.has(queue) && this.isClaimable(id))
      .sort(([id, agent], [otherId, otherAgent]) => {
        const score = (agent.queues.get(queue) ?? 0) - (otherAgent.queues.get(queue) ?? 0);
        return score || this.idleSince(agent) - this.idleSince(otherAgent) || (id < otherId ? -1 : 1);
      });
    if (first === undefined) return undefined;
    first[1].lock = { token, call, untilMs: this.nowMs() + this.terms.claimTtlMs, held: false };
    return { id: first[0], token };
  }

  confirm(id: string, token: string): boolean {
    const lock = this.currentLock(id, token);
    if (lock !== undefined && !lock.held)
      Object.assign(lock, { held: true, untilMs: this.nowMs() + this.terms.holdMs });
    return lock !== undefined;
  }

  release(id: string, token: string, outcome: ReleaseOutcome): boolean {
    const isHeld = this.currentLock(id, token) !== undefined;
    if (isHeld) this.unlock(this.agent(id), outcome !== 'failed');
    return isHeld;
  }

  endCall(call: string): boolean {
    const agent = [...this.agents.values()].find(({ lock }) => lock?.call === call && lock.held);
    if (agent !== undefined) this.unlock(agent, true);
    return agent !== undefined;
  }

  sweep(): void {
    this.endExpired();
  }

  statusOf(id: string): AgentStatus | undefined {
    const { reported, lastReportMs } = this.agent(id);
    if (lastReportMs === undefined) return undefined;
    const [presence, routing, work] = (['presence', 'routing', 'work'] as const).map(
      (part) => reported.get(part)?.availability,
    );
    if (presence === 'off' || (presence === undefined && routing === 'off')) return 'OFFLINE';
    return presence === 'free' && routing === 'free' && work !== 'busy' ? 'AVAILABLE' : 'BUSY';
  }

  isStale(id: string): boolean {
    return (this.agent(id).lastReportMs ?? -Infinity) + this.terms.agentTtlMs <= this.nowMs();
  }

  private isClaimable(id: string): boolean {
    return this.statusOf(id) === 'AVAILABLE' && !this.isStale(id) && this.agent(id).lock === undefined;
  }

  private idleSince({ reported, notBeforeMs }: ModelAgent): number {
    return Math.max(notBeforeMs, ...[...reported.values()].map(({ atMs }) => atMs));
  }

  private endExpired(): void {
    for (const agent of this.agents.values())
      if (agent.lock !== undefined && agent.lock.untilMs <= this.nowMs()) this.unlock(agent, true);
  }

  private unlock(agent: ModelAgent, toTheBack: boolean): void {
    agent.lock = undefined;
    if (toTheBack) agent.notBeforeMs = this.nowMs();
  }

  private currentLock(id: string, token: string): ModelLock | undefined {
    const { lock } = this.agent(id);
    return lock?.token === token && lock.untilMs > this.nowMs() ? lock : undefined;
  }

  private agent(id: string): ModelAgent {
    const known = this.agents.get(id);
    if (known !== undefined) return known;
    const agent = {
      reported: new Map(),
      queues: new Map(),
      lastReportMs: undefined,
      notBeforeMs: -Infinity,
      lock: undefined,
    };
    this.agents.set(id, agent);
    return agent;
  }
}
