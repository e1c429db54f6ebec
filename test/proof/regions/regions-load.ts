import { setTimeout as sleep } from 'node:timers/promises';
import type { Callers } from '../callers.js';
import { Traffic } from '../traffic.js';
import { AgentEvents } from './agent-events.js';
import { JudgedChronicle } from './judged-chronicle.js';
import { RemoteClaims } from './remote-claims.js';
import { HEADERS, type RegionsStage } from './stage.js';

/** The longest pause of a loop; milliseconds. */
const PAUSE_MS = 10;
/** The same when there is enough of the traffic, so that the rest of the run is faster. */
const SLOW_PAUSE_MS = 300;

export interface LoadPlan {
  readonly readers: number;
  readonly writers: number;
  /** Interval at which a new customer replaces an old one; milliseconds. */
  readonly replacesEveryMs: number;
  readonly claimers: number;
  readonly reporters: number;
  /** Agents of each tenant whose agents are claimed. */
  readonly agents: number;
  /** The least of each kind. A kind that has reached its number goes on slowly. */
  readonly counts: Counts;
}

export interface Counts {
  /** Reads that the checker can judge. */
  readonly reads: number;
  readonly invalidations: number;
  readonly claims: number;
  readonly agentEvents: number;
}

export interface HearsAgain {
  /** The fault that ended. */
  readonly name: string;
  readonly afterMs: number;
  /** Until when each region was deaf, in milliseconds after the fault, and the last reason. */
  readonly deaf: ReadonlyMap<string, { readonly untilMs: number; readonly reason: string }>;
}

/** All traffic of a run. */
export class RegionsLoad {
  readonly chronicle: JudgedChronicle;
  readonly traffic: Traffic;
  readonly events: AgentEvents;
  readonly claims: RemoteClaims;
  readonly hearsAgain: HearsAgain[] = [];
  private loops: Promise<unknown> = Promise.resolve();
  private isOver = false;

  constructor(
    { crm, services }: RegionsStage,
    callers: Callers,
    private readonly plan: LoadPlan,
  ) {
    const { readers, writers, replacesEveryMs } = plan;
    this.chronicle = new JudgedChronicle(
      crm.writes,
      services.map(({ name }) => name),
    );
    this.events = new AgentEvents(callers, services);
    this.claims = new RemoteClaims(callers, services, plan.agents);
    const { chronicle } = this;
    const places = { readFrom: services, notified: services };
    this.traffic = new Traffic({ crm, chronicle, ...places, readers, writers, replacesEveryMs, headers: HEADERS });
  }

  async start(): Promise<void> {
    await this.claims.addAgents();
    const { claimers, reporters } = this.plan;
    this.loops = Promise.all([
      ...this.many(claimers, 'claims', () => this.claims.claimOnce()),
      ...this.many(reporters, 'agentEvents', () => this.events.sendOne()),
      ...this.many(1, 'claims', () => this.claims.reportOne()),
    ]);
    this.loops.catch(() => undefined);
  }

  get counts(): Counts {
    const { chronicle } = this;
    return {
      reads: chronicle.checkable,
      invalidations: chronicle.acks.length,
      claims: this.claims.locks.length,
      agentEvents: this.events.accepted,
    };
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.traffic.stop();
    await this.loops;
  }

  private many(count: number, kind: keyof Counts, act: () => Promise<void>): Promise<void>[] {
    return Array.from({ length: count }, async () => {
      while (!this.isOver) {
        await act();
        const pauseMs = this.counts[kind] < this.plan.counts[kind] ? PAUSE_MS : SLOW_PAUSE_MS;
        await sleep(Math.random() * pauseMs);
      }
    });
  }
}
