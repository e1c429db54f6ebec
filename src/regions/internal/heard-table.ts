import type { LogPartition, LogTopic } from '../../messaging/log/event-log.js';
import type { DataLoss } from '../../platform/redis/history/data-loss.js';
import {
  DOUBT_REASONS,
  dueField,
  MAX_REGIONS,
  MOST_LOST_MS,
  ownField,
  signField,
  type DuePartition,
  type HeardNote,
} from './heard-note.js';
import type { HeardRegion, HeardView, ViewOptions } from './heard-view.js';

/**
 * How far a region has heard the log. The table holds the fields of the hash `heard:{<region>}`,
 * and does no I/O. The scripts in `scripts/` make the same changes to the hash.
 *
 * Guarantees:
 * - The region has applied every invalidation that was in the log before `heardMs`. If the region
 *   has missed records, `floorMs` is later than these records.
 * - `heardMs` is 0 while one of the known partitions of invalidations is unheard, and while the
 *   region is in doubt.
 * - No value of the table depends on the clock of another region.
 *
 * Race it prevents:
 * 1. A partition is added, and a region appends an invalidation to it.
 * 2. The region does not read the partition yet. The heartbeats of the other partitions arrive.
 * 3. H passes the time of the invalidation, and the region serves the old value.
 * So the leader reads the clock, then declares all partitions, and then appends the heartbeats. A
 * heartbeat that is later than the invalidation finds the new partition already declared, but not
 * heard. So H is 0.
 */
export class HeardTable {
  readonly fields: Map<string, string>;

  constructor(fields: Iterable<readonly [string, string]> = []) {
    this.fields = new Map(fields);
  }

  /**
   * Takes over the partitions that the log has now. A partition that the log does not have any more
   * was deleted with its topic: records may have been missed.
   */
  declare(partitions: readonly LogPartition[], ackedMs: number, nowMs: number): void {
    const fields = new Set(partitions.map(ownField));
    for (const field of this.fields.keys()) {
      if (!field.startsWith('at:') || fields.has(field)) continue;
      this.fields.delete(field);
      this.fields.delete(`due:${field.slice('at:'.length)}`);
      this.raiseFloor(nowMs);
    }
    for (const field of fields) if (!this.fields.has(field)) this.fields.set(field, '0');
    this.fields.set('partitions', String(fields.size));
    if (ackedMs > 0) this.fields.set('acked', String(ackedMs));
  }

  /**
   * @param store the identity of the region's store. Only heartbeats with this identity are own
   * heartbeats
   */
  note(note: HeardNote, nowMs: number, store: string): void {
    const { ownMs, doubt } = note;
    if (doubt !== undefined) {
      this.fields.set('doubt', String(nowMs));
      this.fields.set('doubt-reason', doubt);
    }
    this.noteSigns(note, nowMs);
    if (ownMs === undefined || note.store !== store || ownMs > nowMs) return;
    const field = ownField(note.at);
    const beforeMs = this.number(field);
    // Before the first heartbeat of a partition, records may have been missed.
    if (beforeMs === 0 || note.afterGap) this.raiseFloor(nowMs);
    // A stored time ahead of the clock was written by an earlier server, whose clock was ahead.
    if (ownMs > beforeMs || beforeMs > nowMs) this.fields.set(field, String(ownMs));
  }

  raiseFloor(nowMs: number): void {
    this.raise('floor', nowMs);
  }

  /**
   * @param own partitions that must be read again although the table may lack them
   * @param loss see `HeardStore.noteLoss`
   * @returns when the last loss was noted
   */
  noteLoss(own: readonly LogPartition[], { lostMs, intactMs }: DataLoss, nowMs: number): number {
    if (lostMs <= this.lostMs) return this.lostMs;
    this.raise('lost', lostMs === Infinity ? nowMs : Math.max(nowMs, lostMs));
    const dueMs = Math.max(intactMs, this.lostMs - MOST_LOST_MS);
    for (const field of [...this.partitions(), ...own].map(dueField))
      this.fields.set(field, String(Math.min(dueMs, this.number(field) || dueMs)));
    return this.lostMs;
  }

  rewound(partitions: readonly LogPartition[], lostMs: number): void {
    if (lostMs === this.lostMs) for (const each of partitions) this.fields.delete(dueField(each));
  }

  /** Returns those of the given partitions that must be read again. */
  dueOf(partitions: readonly LogPartition[]): DuePartition[] {
    const all = partitions.map(({ topic, partition }) => ({ topic, partition }));
    return all.map((at) => ({ ...at, dueMs: this.number(dueField(at)) })).filter(({ dueMs }) => dueMs > 0);
  }

  /** The time of the last loss of data in the store; 0 for none. */
  get lostMs(): number {
    return this.number('lost');
  }

  view({ nowMs, region, peers, silentAfterMs, invalidatedWithinMs, skewMs }: ViewOptions): HeardView {
    const lowest = this.isComplete ? this.leastOwnMs(CUSTOMERS, nowMs) : 0;
    const doubtMs = this.number('doubt');
    const doubtEndMs = doubtMs + Math.max(silentAfterMs, invalidatedWithinMs);
    const inDoubt = doubtMs > 0 && nowMs < doubtEndMs;
    const heardMs = inDoubt ? 0 : Math.max(0, lowest - skewMs);
    const floor = Math.max(this.number('floor'), doubtMs > 0 && !inDoubt ? doubtEndMs : 0);
    const regions = this.regions(region, peers).map((name) => this.region(name, nowMs, silentAfterMs));
    return {
      nowMs,
      heardMs,
      floorMs: floor === 0 ? 0 : floor + skewMs,
      regions,
      silentRegions: regions.flatMap(({ name, isSilent }) => (isSilent ? [name] : [])),
      isBlind: nowMs - heardMs > invalidatedWithinMs,
      doubt: inDoubt ? DOUBT_REASONS.find((reason) => reason === this.fields.get('doubt-reason')) : undefined,
      ackedMs: this.number('acked'),
    };
  }

  /** `sentMs` of the last own heartbeat that was applied from the partition; 0 for none. */
  ownMs(at: LogPartition): number {
    return this.number(ownField(at));
  }

  /** The partitions that are declared or that an own heartbeat was read from. */
  partitions(): LogPartition[] {
    return [...this.fields.keys()].flatMap((field) => {
      const [kind, topic = '', partition = ''] = field.split(':');
      return kind === 'at' ? [{ topic: topic as LogTopic, partition: Number(partition) }] : [];
    });
  }

  /** Whether the table has every partition of the last declaration. */
  private get isComplete(): boolean {
    const { length } = this.partitions();
    return length > 0 && length === this.number('partitions');
  }

  /** The earliest time of the partitions of a topic; 0 if the topic has none. */
  private leastOwnMs(topic: LogTopic, nowMs: number): number {
    const own = this.partitions().filter((at) => at.topic === topic);
    return own.length === 0 ? 0 : Math.min(...own.map((at) => notAhead(this.ownMs(at), nowMs)));
  }

  private noteSigns({ at, signs }: HeardNote, nowMs: number): void {
    for (const { region, writtenAfterMs, store, key, homes } of signs) {
      if (!this.fields.has(`sign:${region}`) && this.names().length >= MAX_REGIONS) continue;
      this.fields.set(`sign:${region}`, `${store} ${key} ${homes}`);
      const field = signField(region, at);
      const beforeMs = this.number(field);
      if (writtenAfterMs > beforeMs || beforeMs > nowMs) this.fields.set(field, String(writtenAfterMs));
    }
  }

  private region(name: string, nowMs: number, silentAfterMs: number): HeardRegion {
    const [store = '', key = '', homes = ''] = (this.fields.get(`sign:${name}`) ?? '').split(' ');
    const heardMs = this.heardFrom(name, nowMs);
    return { name, heardMs, isSilent: nowMs - heardMs > silentAfterMs, store, key, homes };
  }

  /**
   * The earliest time of all partitions of agents, because an agent's last report may be in any of
   * them.
   */
  private heardFrom(region: string, nowMs: number): number {
    let leastMs = Infinity;
    for (const field of this.fields.keys()) {
      if (!field.startsWith('at:agent.status.change:')) continue;
      leastMs = Math.min(leastMs, notAhead(this.number(`from:${region}:${field.slice('at:'.length)}`), nowMs));
    }
    return leastMs === Infinity ? 0 : leastMs;
  }

  private regions(own: string, peers: readonly string[]): string[] {
    return [...new Set([...peers, ...this.names()])].filter((name) => name !== own).sort();
  }

  private names(): string[] {
    return [...this.fields.keys()].flatMap((field) => (field.startsWith('sign:') ? [field.slice('sign:'.length)] : []));
  }

  private raise(field: string, toMs: number): void {
    this.fields.set(field, String(Math.max(this.number(field), toMs)));
  }

  private number(field: string): number {
    return Number(this.fields.get(field) ?? 0) || 0;
  }
}

/**
 * The topic of invalidations. The partitions of agents do not count for `heardMs`. An event of an
 * agent may wait until a slot has moved, and lookups do not need the event.
 */
const CUSTOMERS: LogTopic = 'customer.updated';
/** A failover may step the clock back by this much, in milliseconds. */
const CLOCK_STEP_MS = 500;

/** A time that is further ahead comes from another clock, so it counts as 0. */
function notAhead(ms: number, nowMs: number): number {
  return ms > nowMs + CLOCK_STEP_MS ? 0 : Math.min(ms, nowMs);
}
