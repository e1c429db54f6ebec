import { randomUUID } from 'node:crypto';
import { StoreUnavailable } from '../../../../kernel/errors.js';
import { redisScript, type RedisScript } from '../../redis-script.js';
import type { HistoryVerdict } from './history-record.js';
import type { MarkReply, ShardHistory } from './shard-history.js';

const MARK = redisScript('markHistory', 1, new URL('../scripts/mark-history.lua', import.meta.url));

/** How long a record lives without markers, in milliseconds: longer than any entry. */
const RECORD_TTL_MS = 2_592_000_000;
/** The marker of a process that ended is removed after this time, in milliseconds. */
const MARKER_TTL_MS = 3_600_000;

/** Sends a script to the node of its key. */
export type CallScript = (
  script: RedisScript,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<unknown>;

/** The facts that are written into the record together with a marker. */
interface MarkedFacts {
  /** A loss on this node, by its clock; Unix milliseconds; '' means none. */
  readonly lostMs: number | '';
  /** A loss on any node; '' means none that the record does not have. */
  readonly floorMs: number | '';
  /** '1' if all processes agree on the history of the node. */
  readonly agreed: '1' | '';
}

/** Writes the markers of this process to the records of the nodes. */
export class MarkerWriter {
  readonly process = randomUUID();

  constructor(
    /** Returns the time of the last loss that a record should have. */
    private readonly floorFor: (shard: ShardHistory) => number | '',
  ) {}

  /** The scripts that a `CallScript` must know. */
  static readonly SCRIPTS: readonly RedisScript[] = [MARK];

  /**
   * @returns the clock of the server, and whether the node still had the previous marker. If not,
   *   the node has lost data, and nothing was written.
   */
  async mark(shard: ShardHistory, call: CallScript): Promise<{ readonly nowMs: number; readonly isWhole: boolean }> {
    const [count, expected] = [shard.nextCount(), shard.acknowledgedCount];
    const facts: MarkedFacts = { lostMs: '', floorMs: this.floorFor(shard), agreed: '' };
    const reply = (await call(MARK, [shard.key], this.args(shard, count, facts))) as MarkReply;
    return { nowMs: reply[0], isWhole: shard.markAcknowledged(count, expected, reply) };
  }

  /**
   * Writes a verdict together with a marker. A full server refuses the marker. The verdict then
   * holds only in this process.
   */
  async markVerdict(
    shard: ShardHistory,
    verdict: HistoryVerdict,
    lostMs: number | '',
    call: CallScript,
  ): Promise<void> {
    const count = lostMs === '' ? shard.nextCount() : shard.nextLossCount();
    const expected = shard.acknowledgedCount;
    const facts: MarkedFacts = { lostMs, floorMs: this.floorFor(shard), agreed: verdict === 'doubtful' ? '' : '1' };
    const marking = call(MARK, [shard.key], this.args(shard, count, facts));
    const reply = await marking.catch((error: unknown) => ignoreRefusal(error));
    if (reply !== undefined) shard.markAcknowledged(count, expected, reply as MarkReply);
  }

  private args(shard: ShardHistory, count: number, { lostMs, floorMs, agreed }: MarkedFacts): (string | number)[] {
    const { markedId, acknowledgedCount } = shard;
    const lifetimes = [RECORD_TTL_MS, MARKER_TTL_MS];
    return [this.process, count, markedId, lostMs, floorMs, agreed, ...lifetimes, acknowledgedCount];
  }
}

/** Returns `undefined` if the server refused the command. Any other failure is thrown. */
export function ignoreRefusal(error: unknown): undefined {
  const isRefusal = error instanceof Error && (error.name === 'ReplyError' || error instanceof StoreUnavailable);
  if (isRefusal) return undefined;
  throw error;
}
