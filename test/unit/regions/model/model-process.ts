import { NearCache } from '../../../../src/cache/internal/near-cache.js';
import type { InvalidationRequest } from '../../../../src/cache/invalidator.js';
import { SystemClock, type Clock } from '../../../../src/kernel/clock.js';
import type { BusMetrics } from '../../../../src/messaging/bus.metrics.js';
import { Hearing } from '../../../../src/messaging/hearing.js';
import type { StoreMoment } from '../../../../src/regions/internal/heard-store.js';
import { HeardTable } from '../../../../src/regions/internal/heard-table.js';
import type { HeardView } from '../../../../src/regions/internal/heard-view.js';
import { RecordEffects } from '../../../../src/regions/internal/record-effects.js';
import { RegionConsumer } from '../../../../src/regions/internal/region-consumer.js';
import { SkippedLog } from '../../../../src/regions/internal/skipped-log.js';
import { RegionHandlers, type UncheckedStatusChange } from '../../../../src/regions/region-handlers.js';
import { ModelBus } from './model-bus.js';
import type { ModelStore } from './model-store.js';
import type { Mutant } from './mutants.js';

export const T_MS = 3000;
export const SILENT_AFTER_MS = 6000;
/** Long, so that the rule alone ends a near copy. */
const NEAR_TTL_MS = 60_000;
const KEY = 'k';

export interface ProcessPlan {
  readonly region: string;
  readonly peers: readonly string[];
  readonly store: ModelStore;
  readonly clock: Clock;
  readonly mutant: Mutant | undefined;
  /** The region has deleted an entry. */
  readonly onDeleted: (key: string) => void;
}

/** A process of a region: its consumer, its near copies, and what it read last about hearing. */
export class ModelProcess {
  readonly bus: ModelBus;
  readonly consumer: RegionConsumer;
  view: HeardView | undefined;
  /** The next offset of each partition that the process holds or has held. */
  readonly next = new Map<number, number>();
  private moment: StoreMoment | undefined;
  private stalled: PromiseWithResolvers<void> | undefined;
  private readonly hearing: Hearing;
  private readonly near: NearCache;

  constructor(private readonly plan: ProcessPlan) {
    const { clock, mutant } = plan;
    this.bus = new ModelBus(clock, mutant);
    this.hearing = new Hearing(clock);
    this.hearing.switchOn();
    const nearHearing = mutant === 'near copies are served without the rule' ? new Hearing(clock) : this.hearing;
    this.near = new NearCache(clock, { maxEntries: 100, maxBytes: 1_000_000 }, this.bus, nearHearing);
    this.consumer = this.makeConsumer();
  }

  get isStalled(): boolean {
    return this.stalled !== undefined;
  }

  /** The effects of records wait until `resume`. If the process ends before, none happens. */
  stall(): void {
    this.stalled ??= Promise.withResolvers();
  }

  resume(): void {
    this.stalled?.resolve();
    this.stalled = undefined;
  }

  /** The reply of the store takes some time. */
  poll(replyAfter: () => void): void {
    const { store, region, peers, clock, mutant } = this.plan;
    const askedAtMs = clock.nowMs();
    replyAfter();
    const nowMs = store.nowMs();
    this.moment = { nowMs, store: `store-${region}` };
    const table = mutant === 'the greatest partition counts' ? withGreatest(store.table) : store.table;
    const bounds = { silentAfterMs: SILENT_AFTER_MS, invalidatedWithinMs: T_MS, skewMs: 0 };
    const view = (this.view = table.view({ nowMs, region, peers, ...bounds }));
    replyAfter();
    const floorMs = mutant === 'the floor is ignored after a gap' ? 0 : view.floorMs;
    const { heardMs, silentRegions } = view;
    this.hearing.update({ heardMs, floorMs, storeNowMs: nowMs, askedAtMs, silentRegions });
  }

  /** The connection to the store was lost with the data. */
  async storeLostData(): Promise<void> {
    this.moment = undefined;
    this.bus.lose();
    const loss = { lostMs: Infinity, intactMs: 0 };
    if (this.plan.mutant !== 'nothing is read again after a loss') await this.consumer.storeLostData(loss);
  }

  /** The rule at the read. Returns when the origin read the answer that the process would serve. */
  read(key: string): number | undefined {
    const { store, clock } = this.plan;
    const readAtMs = clock.nowMs();
    const copy = this.near.get(key);
    if (copy !== undefined) return Number(copy);
    const entry = store.entry(key);
    const { heardMs, floorMs } = this.hearing;
    const nowMs = store.nowMs();
    const withinMs = nowMs - heardMs > T_MS ? nowMs - T_MS : 0;
    if (entry === undefined || entry.beganMs < Math.max(floorMs, store.historyFloorMs, withinMs)) return undefined;
    this.near.put(key, String(entry.originMs), NEAR_TTL_MS, readAtMs, T_MS);
    return entry.originMs;
  }

  private makeConsumer(): RegionConsumer {
    const { region, store } = this.plan;
    const log = { warn: () => undefined, error: () => undefined };
    const clock = new SystemClock();
    const handlers = new RegionHandlers();
    handlers.agents = {
      reported: async (change, again) => this.report(change, again),
      ended: () => Promise.resolve('ignored'),
      queuesChanged: () => Promise.resolve('ignored'),
    };
    const invalidator = { invalidate: (request: InvalidationRequest) => this.invalidate(request) };
    const effects = new RecordEffects({ region, clock, invalidator, handlers });
    return new RegionConsumer({
      ...{ region, key: KEY, store },
      moment: () => this.moment,
      effects: this.mutated(effects),
      metrics: { count: () => undefined } as unknown as BusMetrics,
      skipped: new SkippedLog(clock, log),
      onGap: () => undefined,
      onApplied: () => undefined,
    });
  }

  private mutated(effects: RecordEffects): Pick<RecordEffects, 'apply'> {
    const { mutant, region } = this.plan;
    if (mutant === 'H is noted before the effects')
      return {
        apply: (record, again) => {
          void effects.apply(record, again);
          return Promise.resolve('applied');
        },
      };
    if (mutant === 'own records are skipped after a loss')
      return { apply: (record, again) => effects.apply(record, again && regionOf(record) !== region) };
    return effects;
  }

  private async invalidate({ customer, eventHash }: InvalidationRequest) {
    await this.stalled?.promise;
    const duplicate = this.plan.store.invalidate(customer.hash, eventHash);
    if (!duplicate) this.plan.onDeleted(customer.hash);
    return { invalidated: 0, duplicate };
  }

  private async report({ agent_id: agent, event_id: id, timestamp }: UncheckedStatusChange, again: boolean) {
    await this.stalled?.promise;
    const mark = again && this.plan.mutant !== 'marks are believed after a loss' ? undefined : String(id);
    const duplicate = this.plan.store.report(String(agent), Number(timestamp), mark);
    return duplicate ? 'duplicate' : 'applied';
  }
}

type AnyRecord = Parameters<RecordEffects['apply']>[0];

function regionOf(record: AnyRecord): unknown {
  if (record.kind === 'customer') return record.value.region;
  return record.kind === 'agent' ? (record.value.datadip as { readonly region: string }).region : undefined;
}

function withGreatest({ fields }: HeardTable): HeardTable {
  const own = [...fields].filter(([field]) => field.startsWith('at:'));
  const greatest = String(Math.max(...own.map(([, value]) => Number(value))));
  return new HeardTable([...fields].map(([field, value]) => [field, field.startsWith('at:') ? greatest : value]));
}
