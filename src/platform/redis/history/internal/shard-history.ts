import type { Clock } from '../../../../kernel/clock.js';
import {
  judgeHistory,
  intactUntilMs,
  NO_WITNESS,
  type HistoryRecord,
  type HistoryVerdict,
  type Witness,
} from './history-record.js';

/**
 * A safety margin: a loss is dated this much later than the last known time of the server, in
 * milliseconds. The clock of the new server may be behind the clock of the old one.
 */
const CLOCK_MARGIN_MS = 10;
/** How long a process waits for the other processes before it counts the data as lost. */
const PEERS_ANSWER_WITHIN_MS = 5000;

/**
 * A doubt about the data of a node: the other processes have not confirmed yet that the node has
 * their data. During the doubt, older entries are not used.
 */
interface Doubt {
  readonly historyId: string;
  /** The time of the loss, if the data turns out to be lost. Unix milliseconds. */
  readonly sinceMs: number;
  /** When the node was first checked, by its clock; Unix milliseconds. */
  readonly checkedAtMs: number;
  /** False if this process has just started, and knows nothing of earlier data. */
  readonly isWitness: boolean;
  /** On the monotonic clock of this process. */
  readonly untilMs: number;
}

/** The reply of `mark-history.lua`. */
export type MarkReply = readonly [nowMs: number, before: number, lostMs: number, floorMs: number];

/**
 * The memory of this process about one Redis node. `ShardHistory` holds the server process behind
 * the node, the markers that the node acknowledged, and the losses of the node.
 */
export class ShardHistory {
  /** When data of this node was lost last, by its clock; Unix milliseconds; 0 means never. */
  lostMs = 0;
  /** When data of any node was lost last, by the record of this node. */
  floorMs = 0;
  /**
   * The node has everything that it acknowledged before this time, by its clock; 0 means unknown.
   */
  intactMs = 0;
  /** A read-only server takes no marker. */
  isReadOnly = false;
  private historyId: string | undefined;
  private sent = 0;
  private lossCount = 0;
  private acknowledged = 0;
  private acknowledgedAtMs = 0;
  private serverMs: number | undefined;
  private serverAtMs = 0;
  private doubt: Doubt | undefined;
  private seenId: string | undefined;

  constructor(
    private readonly process: string,
    private readonly clock: Clock,
    /** The key of the node's record. In a cluster the node has the slot of this key. */
    readonly key: string,
  ) {}

  /** The history that this process has checked, as its markers say. */
  get markedId(): string {
    if (this.doubt !== undefined) return this.doubt.isWitness ? this.doubt.historyId : NO_WITNESS;
    return this.historyId ?? NO_WITNESS;
  }

  get checkedId(): string {
    return this.historyId ?? '';
  }

  get acknowledgedCount(): number {
    return this.acknowledged;
  }

  get isDoubtful(): boolean {
    return this.doubt !== undefined;
  }

  /** The id of the history that is in doubt. */
  get doubtfulId(): string | undefined {
    return this.doubt?.historyId;
  }

  /** Entries whose load began before this time must not be used. Unix milliseconds. */
  get notBelievedBeforeMs(): number {
    return Math.max(this.lostMs, this.floorMs, this.doubt?.sinceMs ?? 0);
  }

  /**
   * Milliseconds since data was lost, by the clock of the server. Negative while this clock is
   * behind the clock of the earlier server.
   */
  get sinceLossMs(): number {
    const lostMs = Math.max(this.lostMs, this.doubt?.sinceMs ?? 0);
    return lostMs === 0 ? Infinity : (this.estimatedServerMs() ?? 0) - lostMs;
  }

  /** True if the same server process was checked before. Then no data can be missing. */
  isKnown(historyId: string): boolean {
    return historyId === this.historyId && this.acknowledged > 0 && this.doubt === undefined;
  }

  judge(record: HistoryRecord, historyId: string): HistoryVerdict {
    // Later, the processes replace the markers of the history before.
    if (historyId !== this.seenId) this.intactMs = intactUntilMs(record, historyId, this.witness());
    this.seenId = historyId;
    const checkedAtMs = this.doubt?.historyId === historyId ? this.doubt.checkedAtMs : record.nowMs;
    const hasWaitedLong = this.doubt?.historyId === historyId && this.clock.nowMs() >= this.doubt.untilMs;
    return hasWaitedLong ? 'lost' : judgeHistory(record, historyId, checkedAtMs, this.witness());
  }

  /** The number of the next marker. */
  nextCount(): number {
    this.sent += 1;
    return this.sent;
  }

  /**
   * Takes over the reply to a marker. Markers may overtake each other. So the reply is compared
   * with the number that was acknowledged when the marker was sent.
   *
   * @returns false if the node lacks a marker that it acknowledged: it lost data
   */
  markAcknowledged(count: number, expected: number, [nowMs, before, lostMs, floorMs]: MarkReply): boolean {
    const isWhole = before >= expected || expected === 0 || count < this.lossCount;
    if (count > this.acknowledged) {
      this.acknowledged = count;
      this.acknowledgedAtMs = nowMs;
    }
    this.sawServerTime(nowMs);
    this.lostMs = Math.max(this.lostMs, lostMs);
    this.floorMs = Math.max(this.floorMs, floorMs);
    return isWhole;
  }

  /** Takes over the clock of the server, Unix milliseconds. */
  sawServerTime(nowMs: number): void {
    this.serverMs = nowMs;
    this.serverAtMs = this.clock.nowMs();
  }

  /**
   * The number of a marker that reports a loss. Replies to earlier markers that arrive later report
   * the same loss again, and are ignored.
   */
  nextLossCount(): number {
    this.lossCount = this.nextCount();
    return this.lossCount;
  }

  /** Ends the doubt: the node has all data, or all processes know of the loss. */
  settle(historyId: string, record: Pick<HistoryRecord, 'lostMs' | 'floorMs'>): void {
    this.historyId = historyId;
    this.doubt = undefined;
    this.lostMs = Math.max(this.lostMs, record.lostMs);
    this.floorMs = Math.max(this.floorMs, record.floorMs);
  }

  /**
   * The time of a loss: when the loss was first suspected. This time is later than every time that
   * the earlier server can have written.
   */
  lossTime(nowMs: number): number {
    if (this.doubt !== undefined) return this.doubt.sinceMs;
    const estimatedMs = this.estimatedServerMs();
    return Math.ceil(Math.max(nowMs, estimatedMs === undefined ? 0 : estimatedMs + CLOCK_MARGIN_MS));
  }

  /** Entries whose load began before now are not used until the other processes have answered. */
  beginDoubt(historyId: string, nowMs: number): void {
    if (this.doubt?.historyId === historyId) return;
    const untilMs = this.clock.nowMs() + PEERS_ANSWER_WITHIN_MS;
    const isWitness = this.acknowledged > 0 && this.historyId !== undefined;
    this.doubt = { historyId, sinceMs: this.lossTime(nowMs), checkedAtMs: nowMs, isWitness, untilMs };
  }

  /** The clock of the server now, from its last reply; Unix milliseconds. */
  estimatedServerMs(): number | undefined {
    return this.serverMs === undefined ? undefined : this.serverMs + this.clock.nowMs() - this.serverAtMs;
  }

  private witness(): Witness {
    const { process, historyId, acknowledged, acknowledgedAtMs } = this;
    return { process, historyId, acknowledged, acknowledgedAtMs };
  }
}
