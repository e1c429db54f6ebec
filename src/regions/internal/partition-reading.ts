import type { LogPartition } from '../../messaging/log/event-log.js';
import type { RegionHeartbeat } from '../../messaging/log/log-values.js';
import type { DoubtReason, HeardNote, RegionSign } from './heard-note.js';

/** The name of this region, the identity of its store, and the fingerprint of its key. */
export interface OwnIdentity {
  readonly region: string;
  readonly store: string;
  readonly key: string;
}

/**
 * The state of this process while it reads one partition. It knows the own heartbeat before the
 * next record, missed records, and the facts of the present batch. Does no I/O.
 */
export class PartitionReading {
  private lastOffset = -1n;
  /**
   * `sentMs` of the own heartbeat that was read last. The records that follow were appended later.
   */
  private afterMs: number | undefined;
  private ownMs: number | undefined;
  private doubt: DoubtReason | undefined;
  private hasGap = false;
  private readonly signs = new Map<string, RegionSign>();

  constructor(private readonly at: LogPartition) {}

  /** Whether everything that follows was appended at this moment or later. */
  isAfter(ms: number): boolean {
    return this.afterMs !== undefined && this.afterMs >= ms;
  }

  /** Called if records are missing between the last record and the next one. */
  missed(): void {
    this.hasGap = true;
  }

  /** Called before the records of each batch. */
  begin(): void {
    this.ownMs = undefined;
    this.doubt = undefined;
    this.signs.clear();
  }

  /**
   * Called for each record, in order. If a record comes again, earlier records follow, so the time
   * of the last own heartbeat is unknown.
   */
  passed(offset: bigint): void {
    if (offset <= this.lastOffset) this.afterMs = undefined;
    this.lastOffset = offset;
  }

  heartbeat({ region, sentMs, store, key, homes }: RegionHeartbeat, own: OwnIdentity): void {
    if (key !== own.key) this.doubtful('foreign_key');
    if (region !== own.region) {
      this.signs.set(region, { region, writtenAfterMs: this.afterMs ?? 0, store, key, homes });
    } else if (store === own.store && key === own.key) {
      this.ownMs = sentMs;
      this.afterMs = sentMs;
    } else if (own.store !== '' && store !== own.store) {
      this.doubtful('duplicate_store');
    }
  }

  doubtful(reason: DoubtReason): void {
    this.doubt ??= reason;
  }

  /** The facts of the batch. `undefined` means that the batch shows none. */
  note(store: string): HeardNote | undefined {
    const { at, ownMs, doubt, hasGap: afterGap } = this;
    if (ownMs === undefined && doubt === undefined && this.signs.size === 0) return undefined;
    return { at, ownMs, store, afterGap, doubt, signs: [...this.signs.values()] };
  }

  noted({ ownMs }: HeardNote): void {
    if (ownMs !== undefined) this.hasGap = false;
  }
}
