/** The last marker of one process that the node has. */
export interface Marker {
  readonly count: number;
  /** When it was written, by the clock of the server; Unix milliseconds. */
  readonly atMs: number;
  /** The history that the process had checked when it wrote the marker. */
  readonly historyId: string;
}

/** The record of a node about its history. */
export interface HistoryRecord {
  /** The clock of the server, Unix milliseconds. */
  readonly nowMs: number;
  /** The history on which the processes agree. `undefined` means that the node has no record. */
  readonly agreedId: string | undefined;
  /** When data of this node was lost last, by its clock; 0 means never. */
  readonly lostMs: number;
  /** When data of any node was lost last; 0 means never. */
  readonly floorMs: number;
  readonly markers: ReadonlyMap<string, Marker>;
}

/** The memory of a process about the history of a node, outside the node. */
export interface Witness {
  readonly process: string;
  /** The history that the process checked last. `undefined` means that it has checked none. */
  readonly historyId: string | undefined;
  /** The number of the last marker that the node acknowledged; 0 means none. */
  readonly acknowledged: number;
  /** When that marker was written, by the clock of the server; Unix milliseconds. */
  readonly acknowledgedAtMs: number;
}

/**
 * - `complete`: the node has everything that it acknowledged to the processes.
 * - `lost`: the node lacks data that it acknowledged to this process.
 * - `doubtful`: other processes have not said yet whether the node has their data.
 */
export type HistoryVerdict = 'complete' | 'lost' | 'doubtful';

/**
 * If the last marker of a process is this much older than the newest marker, in milliseconds, the
 * process had ended by then. It has acknowledged no write after its last marker, because running
 * processes write a marker every 400 ms.
 */
const PEER_IS_GONE_AFTER_MS = 2000;
/**
 * The history id in the marker of a process that has just started, and knows nothing about earlier
 * data.
 */
export const NO_WITNESS = '?';

/**
 * Decides whether a node has everything that it acknowledged.
 *
 * A node keeps a prefix of its writes. A snapshot, a replica and an append-only file end at one
 * point, and have everything before this point. So if a marker is stored, every write before the
 * marker is stored too. A process that misses its last marker first records the loss, and only then
 * writes a new marker. So if a process has written a marker after the check, the node has all data
 * of this process.
 *
 * @param historyId the present history of the node: which server process, and which replication
 * @param checkedAtMs when this process first checked the node with this history, by the clock of
 *   the server
 */
export function judgeHistory(
  record: HistoryRecord,
  historyId: string,
  checkedAtMs: number,
  witness: Witness,
): HistoryVerdict {
  const peers = [...record.markers].filter(
    ([process, { historyId: id }]) => process !== witness.process && id !== NO_WITNESS,
  );
  const confirms = ([, { historyId: id, atMs }]: readonly [string, Marker]): boolean =>
    id === historyId || atMs > checkedAtMs;
  if (witness.historyId === undefined || witness.acknowledged === 0) {
    if (record.agreedId === undefined || record.agreedId === historyId) return 'complete';
    // A process that has just started knows nothing about earlier data. So it needs the
    // confirmation of the processes that were running before.
    const newestMs = Math.max(...peers.map(([, { atMs }]) => atMs));
    const needed = peers.filter(([, { atMs }]) => atMs >= newestMs - PEER_IS_GONE_AFTER_MS);
    return needed.length > 0 && needed.every(confirms) ? 'complete' : 'doubtful';
  }
  const own = record.markers.get(witness.process);
  if (own === undefined || own.count < witness.acknowledged) return 'lost';
  if (record.agreedId === historyId) return 'complete';
  const aliveAfterMs = witness.acknowledgedAtMs - PEER_IS_GONE_AFTER_MS;
  const needed = peers.filter(([, { atMs }]) => atMs >= aliveAfterMs);
  return needed.every(confirms) ? 'complete' : 'doubtful';
}

/**
 * Until when the node has everything that it acknowledged, by its clock; 0 means unknown. The node
 * keeps a prefix of its writes, so every marker of the former history proves the writes before it.
 *
 * Race it prevents:
 * 1. Another process sends a marker, and the node fails. The marker waits for the check of the next
 *    node, and is written there with the id of the former history.
 * 2. The time of that marker proves nothing about the former history.
 * If the node lacks the last marker of this process, its writes end before that marker. Only older
 * markers count.
 */
export function intactUntilMs({ markers }: HistoryRecord, historyId: string, witness: Witness): number {
  const { process, acknowledged, acknowledgedAtMs } = witness;
  if (acknowledged === 0) return 0;
  const own = markers.get(process);
  if (own !== undefined && own.count >= acknowledged) return own.historyId === historyId ? 0 : own.atMs;
  const counted = [...markers.values()].filter(
    ({ historyId: id, atMs }) => id !== historyId && id !== NO_WITNESS && atMs < acknowledgedAtMs,
  );
  return Math.max(0, ...counted.map(({ atMs }) => atMs));
}

/** @param reply the reply of `read-history.lua` */
export function parseHistoryRecord(reply: unknown): HistoryRecord {
  const [nowMs, flat] = reply as readonly [number, readonly string[]];
  const fields = new Map<string, string>();
  for (let at = 0; at + 1 < flat.length; at += 2) fields.set(flat[at] ?? '', flat[at + 1] ?? '');
  const markers = new Map<string, Marker>();
  for (const [name, text] of fields) {
    const marker = name.startsWith('m:') ? parseMarker(text) : undefined;
    if (marker !== undefined) markers.set(name.slice(2), marker);
  }
  const [lostMs = 0, floorMs = 0] = ['lost', 'floor'].map((name) => Number(fields.get(name) ?? 0) || 0);
  return { nowMs, agreedId: fields.get('id'), lostMs, floorMs, markers };
}

function parseMarker(text: string): Marker | undefined {
  const [count, atMs, historyId = ''] = text.split(' ');
  return Number(count) > 0 && Number(atMs) > 0 ? { count: Number(count), atMs: Number(atMs), historyId } : undefined;
}
