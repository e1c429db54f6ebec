import { Inject, Injectable } from '@nestjs/common';
import type { AgentsConfig, ReconcileConfig } from '../../../config/config.js';
import { AGENTS_CONFIG } from '../../../config/tokens.js';
import { WallClock } from '../../../kernel/wall-clock.js';
import { HealthContributors, type HealthContribution } from '../../../platform/lifecycle/health-contributors.js';
import { Metrics } from '../../../platform/metrics/metrics.js';
import type { LastTurn } from './reconciliation-lease.js';

/** So many turns without a good end are worth a look. */
const OVERDUE_TURNS = 3;

interface Entry {
  readonly platform: ReconcileConfig['platform'];
  readonly system: string;
  readonly everyMs: number;
  /** Agents read so far in the turn under way here. */
  running: number | undefined;
  last: LastTurn | undefined;
  /** Of the last turn that was done, or since when there is none. */
  goodAtMs: number;
}

/** Where reconciliation stands, for the health page and the metrics. What another process of the region did is as old as our own turn. */
@Injectable()
export class ReconciliationStatus {
  private readonly entries = new Map<ReconcileConfig, Entry>();

  constructor(
    private readonly clock: WallClock,
    private readonly metrics: Metrics,
    @Inject(AGENTS_CONFIG) { reconcile: declared }: AgentsConfig,
    notes: HealthContributors,
  ) {
    for (const one of declared) this.entry(one);
    if (declared.length > 0) notes.add(() => this.note());
  }

  began(one: ReconcileConfig): void {
    this.entry(one).running = 0;
    this.metrics.reconciled(one, 0);
  }

  read(one: ReconcileConfig, agents: number): void {
    this.entry(one).running = agents;
    this.metrics.reconciled(one, agents);
  }

  ended(one: ReconcileConfig, last: LastTurn): void {
    this.entry(one).running = undefined;
    this.metrics.reconciliationEnded(one, last.outcome, last.tookMs / 1000);
    this.told(one, last);
  }

  /** What is known of a turn, ours or another's. */
  told(one: ReconcileConfig, last: LastTurn): void {
    const entry = this.entry(one);
    entry.last = last;
    if (last.outcome !== 'done') return;
    entry.goodAtMs = Math.max(entry.goodAtMs, last.endedAtMs);
    this.metrics.reconciledWhen(one, last.endedAtMs / 1000);
  }

  private note(): HealthContribution {
    const entries = [...this.entries.values()];
    const platforms = entries.map(({ platform, system, running, last }) => ({
      ...{ platform, system, state: running === undefined ? 'waiting' : 'running' },
      ...(running === undefined ? {} : { agentsRead: running }),
      ...(last === undefined ? {} : { last: { ...last, endedAt: new Date(last.endedAtMs).toISOString() } }),
    }));
    return { name: 'reconciliation', healthy: entries.every((entry) => this.isWell(entry)), details: { platforms } };
  }

  private isWell({ last, goodAtMs, everyMs }: Entry): boolean {
    return last?.outcome !== 'failed' && this.clock.nowMs() - goodAtMs < everyMs * OVERDUE_TURNS;
  }

  private entry(one: ReconcileConfig): Entry {
    const known = this.entries.get(one);
    if (known !== undefined) return known;
    const { platform, system, everyMs } = one;
    const fresh = { running: undefined, last: undefined, goodAtMs: this.clock.nowMs() };
    const entry: Entry = { platform, system, everyMs, ...fresh };
    this.entries.set(one, entry);
    return entry;
  }
}
