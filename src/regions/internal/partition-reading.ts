import type { LogPartition } from '../../messaging/log/event-log.js';
import type { RegionHeartbeat } from '../../messaging/log/log-values.js';
import type { DoubtReason, HeardNote, RegionSign } from './heard-note.js';

/** The name of this region, the identity of its store, and the fingerprint of its key. */
export interface OwnIdentity {
  readonly region: string;
  readonly store: string;
  readonly key: string;
}

/** The news in a batch of records. Two batches of a partition may be applied at the same time. */
export class BatchNews {
  ownMs: number | undefined;
  readonly signs = new Map<string, RegionSign>();
  private reason: DoubtReason | undefined;

  get doubt(): DoubtReason | undefined {
    return this.reason;
  }

  doubtful(reason: DoubtReason): void {
    this.reason ??= reason;
  }
}

/**
 * The state of this process while it reads one partition. The state holds the own heartbeat before
 * the next record, missed records, and the facts of the present batch. Does no I/O.
 */
export class PartitionReading {
  private lastOffset = -1n;
  /**
   * `sentMs` of the own heartbeat that was read last. The records that follow were appended later.
   */
  private afterMs: number | undefined;
  private hasGap = false;

  constructor(private readonly at: LogPartition) {}

  /** Whether everything that follows was appended at this moment or later. */
  isAfter(ms: number): boolean {
    return this.afterMs !== undefined && this.afterMs >= ms;
  }

  /** Called if records are missing between the last record and the next one. */
  missed(): void {
    this.hasGap = true;
  }

  /**
   * Called for each record, in order. If a record comes again, earlier records follow, so the time
   * of the last own heartbeat is unknown.
   */
  passed(offset: bigint): void {
    if (offset <= this.lastOffset) this.afterMs = undefined;
    this.lastOffset = offset;
  }

  heartbeat({ region, sentMs, store, key, homes }: RegionHeartbeat, own: OwnIdentity, news: BatchNews): void {
    if (key !== own.key) news.doubtful('foreign_key');
    if (region !== own.region) {
      news.signs.set(region, { region, writtenAfterMs: this.afterMs ?? 0, store, key, homes });
    } else if (store === own.store && key === own.key) {
      news.ownMs = sentMs;
      this.afterMs = sentMs;
    } else if (own.store !== '' && store !== own.store) {
      news.doubtful('duplicate_store');
    }
  }

  /** The note of the batch. `undefined` if it has nothing to say. */
  note({ ownMs, doubt, signs }: BatchNews, store: string): HeardNote | undefined {
    const { at, hasGap: afterGap } = this;
    if (ownMs === undefined && doubt === undefined && signs.size === 0) return undefined;
    return { at, ownMs, store, afterGap, doubt, signs: [...signs.values()] };
  }

  noted({ ownMs }: HeardNote): void {
    if (ownMs !== undefined) this.hasGap = false;
  }
}
