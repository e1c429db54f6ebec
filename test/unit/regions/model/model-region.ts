import { setImmediate as afterThis } from 'node:timers/promises';
import type { Clock } from '../../../../src/kernel/clock.js';
import { VALUE_VERSION } from '../../../../src/messaging/log/log-values.js';
import type { LogRecord } from '../../../../src/messaging/log/event-log.js';
import type { ModelLog } from './model-log.js';
import { ModelProcess } from './model-process.js';
import { ModelStore, type Load, type NodeName } from './model-store.js';
import type { Mutant } from './mutants.js';

const REWIND_MS = 60_000;
const KEY = 'k';

/** Records that a process has received and not applied yet. */
interface Batch {
  readonly process: ModelProcess;
  readonly index: number;
  readonly from: number;
  readonly next: number;
  readonly commits: boolean;
  readonly applied: Promise<void>;
}

export interface RegionPlan {
  readonly name: string;
  readonly peers: readonly string[];
  readonly log: ModelLog;
  /** The clock of the region's store. */
  readonly nowMs: () => number;
  readonly clock: Clock;
  readonly mutant: Mutant | undefined;
}

/**
 * A region of two processes. Everything that waits in the product is a step of the model.
 *
 * The file exceeds 220 lines because each wait of the product is a short method here.
 */
export class ModelRegion {
  readonly store: ModelStore;
  readonly processes: ModelProcess[];
  readonly loads: Load[] = [];
  isCut = false;
  /** No process writes heartbeats. */
  isLeaderless = false;
  /** The region has begun to read agents behind records that it has not read. */
  hasMissedReports = false;
  /** True time of the last heartbeat of which the log has all records. */
  lastBeatMs = 0;
  /** The partitions that the consumers know. A client learns of new ones after minutes. */
  private known = 0;
  private readonly owners = new Map<number, number>();
  private readonly committed = new Map<number, number>();
  /** Where each batch began, and when it was applied. */
  private readonly read: { readonly index: number; readonly from: number; readonly atMs: number }[] = [];
  private readonly batches = new Map<number, Batch>();
  private begunBeatMs: number | undefined;
  private declared: number | undefined;
  private ackedMs = 0;
  private risingOffset = 0n;

  constructor(readonly plan: RegionPlan) {
    this.store = new ModelStore(`store-${plan.name}`, plan.nowMs, plan.mutant);
    this.processes = [this.process(), this.process()];
  }

  get name(): string {
    return this.plan.name;
  }

  /** The three steps of a heartbeat. Other steps of the model may stand between them. */
  async beat(): Promise<void> {
    const { log, name, mutant } = this.plan;
    if (this.begunBeatMs === undefined) {
      this.begunBeatMs = (await this.store.beginHeartbeat()).nowMs;
      return;
    }
    if (this.isCut) {
      this.newLeader();
      return;
    }
    if (this.declared === undefined) {
      const isSkipped = mutant === 'new partitions are not declared' && this.ackedMs > 0;
      if (!isSkipped) await this.store.declare(log.partitions, this.ackedMs);
      this.declared = log.partitions.length;
      return;
    }
    const sentMs = mutant === 'heartbeats carry the time of their append' ? this.store.nowMs() : this.begunBeatMs;
    const value = { schema: VALUE_VERSION, type: 'region.heartbeat', region: name, sentMs };
    const text = JSON.stringify({ ...value, store: `store-${name}`, key: KEY, homes: '0' });
    for (const { topic, partition } of log.partitions.slice(0, this.declared))
      log.append({ topic, partition, key: `heartbeat:${name}`, value: text }, this.plan.clock.nowMs());
    this.lastBeatMs = this.plan.clock.nowMs();
    this.ackedMs = sentMs;
    this.newLeader();
  }

  /** A heartbeat is about to be appended. */
  async beatUntilDeclared(): Promise<void> {
    while (!this.isCut && this.declared === undefined) await this.beat();
  }

  /** A leader that ends between two steps. The next leader starts again. */
  newLeader(): void {
    this.begunBeatMs = undefined;
    this.declared = undefined;
  }

  /** The consumers learn which partitions the log has. */
  learnPartitions(): void {
    this.known = this.plan.log.partitions.length;
  }

  /** The store takes no effect of the processes until `resume`. Batches wait. */
  stall(): void {
    for (const process of this.processes) process.stall();
  }

  get isStalled(): boolean {
    return this.processes.some((process) => process.isStalled);
  }

  async resume(): Promise<void> {
    for (const process of this.processes) process.resume();
    for (const batch of this.batches.values()) await this.finish(batch);
  }

  /** Delivers records to the owner of the partition. */
  async deliver(index: number, count: number, commits: boolean): Promise<void> {
    if (this.isCut || index >= this.known || this.batches.has(index)) return;
    const process = given(this.processes[this.owners.get(index) ?? 0]);
    const from = await this.position(process, index);
    const records = this.plan.log.read(index, from, count);
    if (records.length === 0) return;
    const next = from + records.length;
    if (this.plan.mutant === 'positions are committed before the effects') this.committed.set(index, next);
    const applied = this.apply(process, index, records);
    const batch = { process, index, from, next, commits, applied };
    this.batches.set(index, batch);
    if (!process.isStalled || (await isDone(applied))) await this.finish(batch);
  }

  /** The other process takes over at the committed position. The first may apply what it holds. */
  async handOver(index: number, zombieCount: number): Promise<void> {
    const { log } = this.plan;
    const owner = this.owners.get(index) ?? 0;
    const zombie = given(this.processes[owner]);
    const from = zombie.next.get(index);
    const held = this.batches.get(index);
    this.owners.set(index, 1 - owner);
    this.batches.delete(index);
    this.processes[1 - owner]?.next.delete(index);
    if (held !== undefined || zombie.isStalled) return;
    if (from === undefined || this.isCut || from < log.first(index)) return;
    const records = log.read(index, from, zombieCount);
    if (records.length > 0) await this.apply(zombie, index, records);
  }

  /** A process ends with everything that it has not applied. Another one takes its place. */
  crash(at: number): void {
    const gone = given(this.processes[at]);
    for (const { index, process } of this.batches.values()) if (process === gone) this.batches.delete(index);
    this.processes[at] = this.process();
    for (const [index] of this.plan.log.partitions.entries()) given(this.processes[at]).next.delete(index);
  }

  forgetPosition(index: number): void {
    this.committed.delete(index);
    for (const { next } of this.processes) next.delete(index);
  }

  async failOver(nodes: readonly NodeName[]): Promise<void> {
    const { log, mutant, clock } = this.plan;
    await this.resume();
    this.store.failOver(nodes);
    for (const process of this.processes) await process.storeLostData();
    if (mutant === 'nothing is read again after a loss') return;
    for (const [index] of log.partitions.entries()) {
      const sinceMs = clock.nowMs() - REWIND_MS;
      // A record that was written long ago may have been applied a moment ago.
      const applied = this.read.filter((each) => each.index === index && each.atMs >= sinceMs);
      const to = Math.min(log.offsetAt(index, sinceMs), ...applied.map(({ from }) => from));
      if (this.committed.has(index)) this.committed.set(index, Math.min(to, this.committed.get(index) ?? to));
      for (const { next } of this.processes) next.delete(index);
    }
  }

  beginLoad(key: string): void {
    this.loads.push(this.store.beginLoad(key, this.plan.clock.nowMs()));
  }

  /** The processes of the region learn that an entry is deleted, each in its time. */
  deleted(key: string): void {
    for (const { bus } of this.processes) bus.deleted(key);
  }

  private async finish({ process, index, from, next, commits, applied }: Batch): Promise<void> {
    await applied;
    this.read.push({ index, from, atMs: this.plan.clock.nowMs() });
    this.batches.delete(index);
    if (commits) this.committed.set(index, next);
    process.next.set(index, next);
  }

  private apply(process: ModelProcess, index: number, records: readonly LogRecord[]): Promise<void> {
    const at = given(this.plan.log.partitions[index]);
    return process.consumer.apply(
      at,
      records.map((record) => this.mutated(record)),
    );
  }

  private mutated(record: LogRecord): LogRecord {
    const { mutant, name } = this.plan;
    if (mutant === 'repeated heartbeats of another region are new')
      return { ...record, offset: (this.risingOffset += 1n) };
    if (mutant !== 'heartbeats of another region count as own' || !record.key.startsWith('heartbeat:')) return record;
    const value = JSON.parse(record.value) as object;
    return { ...record, value: JSON.stringify({ ...value, region: name, store: `store-${name}` }) };
  }

  private async position(process: ModelProcess, index: number): Promise<number> {
    const { log } = this.plan;
    const at = given(log.partitions[index]);
    const known = process.next.get(index) ?? this.committed.get(index);
    const [first, next] = [log.first(index), log.next(index)];
    if (known !== undefined && known >= first) return known;
    if (known !== undefined) await process.consumer.missed(at, 'out_of_range');
    else if (await process.consumer.hasRead(at)) await process.consumer.missed(at, 'no_position');
    const position = known === undefined ? next : first;
    const skipped = known === undefined ? log.read(index, first, next - first) : undefined;
    const isNew = first === 0 && skipped?.every(({ key }) => key.startsWith('heartbeat:'));
    if (index === 0 && isNew !== true) this.hasMissedReports = true;
    process.next.set(index, position);
    this.committed.set(index, position);
    return position;
  }

  private process(): ModelProcess {
    const { name: region, peers, clock, mutant } = this.plan;
    return new ModelProcess({
      ...{ region, peers, store: this.store, clock, mutant },
      onDeleted: (key) => this.deleted(key),
    });
  }
}

/** Whether the work needs nothing more than it has. */
function isDone(work: Promise<void>): Promise<boolean> {
  return Promise.race([work.then(() => true), afterThis().then(() => false)]);
}

function given<T>(item: T | undefined): T {
  if (item === undefined) throw new RangeError('no such item');
  return item;
}
