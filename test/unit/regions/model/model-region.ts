import type { InvalidationRequest } from '../../../../src/cache/invalidator.js';
import { SystemClock } from '../../../../src/kernel/clock.js';
import type { BusMetrics } from '../../../../src/messaging/bus.metrics.js';
import { VALUE_VERSION } from '../../../../src/messaging/log/log-values.js';
import type { StoreMoment } from '../../../../src/regions/internal/heard-store.js';
import type { HeardView } from '../../../../src/regions/internal/heard-table.js';
import { RecordEffects } from '../../../../src/regions/internal/record-effects.js';
import { RegionConsumer } from '../../../../src/regions/internal/region-consumer.js';
import { SkippedLog } from '../../../../src/regions/internal/skipped-log.js';
import { RegionHandlers } from '../../../../src/regions/region-handlers.js';
import type { ModelLog } from './model-log.js';
import { ModelStore } from './model-store.js';

export const T_MS = 5000;
export const SILENT_AFTER_MS = 6000;
const REWIND_MS = 60_000;
const KEY = 'k';

/** A process of a region: its consumer, and what it read last about hearing. */
interface ModelProcess {
  readonly consumer: RegionConsumer;
  moment: StoreMoment | undefined;
  view: HeardView | undefined;
  /** The next offset of each partition that the process holds or has held. */
  readonly next: Map<number, number>;
}

/** A region of two processes. Everything that waits in the product is a step of the model. */
export class ModelRegion {
  readonly store: ModelStore;
  readonly processes: readonly ModelProcess[];
  isCut = false;
  /** The partitions that the consumers know. A client learns of new ones after minutes. */
  private known = 0;
  /** True time of the last heartbeat of which the log has all records. */
  lastBeatMs = 0;
  private readonly owners = new Map<number, number>();
  private readonly committed = new Map<number, number>();
  private begunBeatMs: number | undefined;
  private isDeclared = false;
  private ackedMs = 0;

  constructor(
    readonly name: string,
    private readonly peers: readonly string[],
    private readonly log: ModelLog,
    nowMs: () => number,
    private readonly trueMs: () => number,
  ) {
    this.store = new ModelStore(`store-${name}`, nowMs);
    this.processes = [this.process(), this.process()];
  }

  /** The three steps of a heartbeat. Other steps of the model may stand between them. */
  async beat(): Promise<void> {
    if (this.begunBeatMs === undefined) {
      this.begunBeatMs = (await this.store.beginHeartbeat()).nowMs;
      return;
    }
    if (this.isCut) return;
    if (!this.isDeclared) {
      await this.store.declare(this.log.partitions, this.ackedMs);
      this.isDeclared = true;
      this.declared = this.log.partitions.length;
      return;
    }
    const sentMs = this.begunBeatMs;
    const value = { schema: VALUE_VERSION, type: 'region.heartbeat', region: this.name, sentMs };
    const text = JSON.stringify({ ...value, store: `store-${this.name}`, key: KEY, homes: '0' });
    for (const { topic, partition } of this.log.partitions.slice(0, this.declared))
      this.log.append({ topic, partition, key: `heartbeat:${this.name}`, value: text }, this.trueMs());
    this.lastBeatMs = this.trueMs();
    this.ackedMs = sentMs;
    this.begunBeatMs = undefined;
    this.isDeclared = false;
  }

  private declared = 0;

  /** The consumers learn which partitions the log has. */
  learnPartitions(): void {
    this.known = this.log.partitions.length;
  }

  /** A leader that ends between two steps. The next leader starts again. */
  newLeader(): void {
    this.begunBeatMs = undefined;
    this.isDeclared = false;
  }

  /** Delivers records to the owner of the partition. */
  async deliver(index: number, count: number, commits: boolean): Promise<void> {
    if (this.isCut || index >= this.known) return;
    const owner = this.owners.get(index) ?? 0;
    const process = given(this.processes[owner]);
    const at = given(this.log.partitions[index]);
    const from = await this.position(process, index);
    const records = this.log.read(index, from, count);
    if (records.length === 0) return;
    await process.consumer.apply(at, records);
    if (commits) this.committed.set(index, from + records.length);
    process.next.set(index, from + records.length);
  }

  /** The other process takes over at the committed position. The first may apply what it holds. */
  async handOver(index: number, zombieCount: number): Promise<void> {
    const owner = this.owners.get(index) ?? 0;
    const zombie = given(this.processes[owner]);
    this.owners.set(index, 1 - owner);
    this.processes[1 - owner]?.next.delete(index);
    const from = zombie.next.get(index);
    const at = this.log.partitions[index];
    if (from === undefined || at === undefined || this.isCut || from < this.log.first(index)) return;
    const records = this.log.read(index, from, zombieCount);
    if (records.length > 0) await zombie.consumer.apply(at, records);
  }

  forgetPosition(index: number): void {
    this.committed.delete(index);
    for (const { next } of this.processes) next.delete(index);
  }

  async failOver(): Promise<void> {
    this.store.failOver();
    for (const [index] of this.log.partitions.entries()) {
      const to = this.log.offsetAt(index, this.trueMs() - REWIND_MS);
      if (this.committed.has(index)) this.committed.set(index, Math.min(to, this.committed.get(index) ?? to));
      for (const { next } of this.processes) next.delete(index);
    }
    for (const process of this.processes) {
      process.moment = undefined;
      await process.consumer.storeLostData();
    }
  }

  poll(at: number): void {
    const process = given(this.processes[at]);
    const { store, peers, name: region } = this;
    const nowMs = store.nowMs();
    process.moment = { nowMs, store: `store-${region}` };
    const bounds = { silentAfterMs: SILENT_AFTER_MS, invalidatedWithinMs: T_MS, skewMs: 0 };
    process.view = store.table.view({ nowMs, region, peers, ...bounds });
  }

  /** The rule at the read. Returns the entry that the process would serve. */
  read(at: number, key: string): { readonly trueMs: number } | undefined {
    const entry = this.store.entries.get(key);
    const { heardMs = 0, floorMs = 0 } = this.processes[at]?.view ?? {};
    if (entry === undefined || entry.beganMs < Math.max(floorMs, this.store.historyFloorMs)) return undefined;
    return this.store.nowMs() - Math.max(entry.beganMs, heardMs) <= T_MS ? entry : undefined;
  }

  private async position(process: ModelProcess, index: number): Promise<number> {
    const at = given(this.log.partitions[index]);
    const known = process.next.get(index) ?? this.committed.get(index);
    const [first, next] = [this.log.first(index), this.log.next(index)];
    if (known !== undefined && known >= first) return known;
    if (known !== undefined) await process.consumer.missed(at, 'out_of_range');
    else if (await process.consumer.hasRead(at)) await process.consumer.missed(at, 'no_position');
    const position = known === undefined ? next : first;
    process.next.set(index, position);
    this.committed.set(index, position);
    return position;
  }

  private process(): ModelProcess {
    const log = { warn: () => undefined, error: () => undefined };
    const invalidator = { invalidate: (request: InvalidationRequest) => Promise.resolve(this.invalidate(request)) };
    const clock = new SystemClock();
    const process: ModelProcess = {
      moment: undefined,
      view: undefined,
      next: new Map(),
      consumer: new RegionConsumer({
        region: this.name,
        key: KEY,
        store: this.store,
        moment: () => process.moment,
        effects: new RecordEffects({ region: this.name, clock, invalidator, handlers: new RegionHandlers() }),
        metrics: { count: () => undefined } as unknown as BusMetrics,
        skipped: new SkippedLog(clock, log),
        onGap: () => undefined,
        onApplied: () => undefined,
      }),
    };
    return process;
  }

  private invalidate({ customer, eventHash }: InvalidationRequest): { invalidated: number; duplicate: boolean } {
    const duplicate = this.store.invalidate(customer.hash, eventHash);
    return { invalidated: 0, duplicate };
  }
}

function given<T>(item: T | undefined): T {
  if (item === undefined) throw new RangeError('no such item');
  return item;
}
