import { degradedReason } from '../../kernel/errors.js';
import type { LoadState, StoredAnswer } from './entry-store.js';
import type { ReadAlong } from './read-along.js';
import type { BatchedRead } from './read-batch.js';

/** Notes of a `read-entries.lua` reply. */
export const FOREIGN = 1;
export const TOO_OLD = 2;
const WHOLE = 3;
const PARTIAL = 4;

/**
 * `{ state, version, fresh for ms, value, detail, note, now }`, as described in the header of
 * `read-entries.lua`. The last three are missing if the value is fresh and of the reader's format.
 */
export type ReadReply = readonly [
  state: number,
  version: string,
  freshForMs: number,
  value: string,
  detail?: string | number,
  note?: typeof FOREIGN | typeof TOO_OLD | typeof WHOLE | typeof PARTIAL | 0,
  nowMs?: number,
];

/**
 * The texts that the script read along, or `undefined` if it read none. They follow the replies of
 * the entries.
 */
export function textsRead(replies: unknown, entries: number): readonly string[] | undefined {
  return (replies as readonly unknown[])[entries] as readonly string[] | undefined;
}

/** Separates the version in Redis from the history's epoch. No version contains it. */
export const EPOCH = '@';

export function withFit(stored: StoredAnswer, note: ReadReply[5]): StoredAnswer {
  if (note !== WHOLE && note !== PARTIAL) return stored;
  return { ...stored, otherFormat: note === WHOLE ? 'whole' : 'partial' };
}

export function withEpoch([state, version, ...rest]: ReadReply, epoch: number): ReadReply {
  return [state, version === '' ? '' : `${version}${EPOCH}${epoch}`, ...rest];
}

/**
 * The script replies once per entry, in order. If the server refused one entry, its reply is an
 * error.
 */
export function forEachReply(
  reads: readonly BatchedRead[],
  replies: unknown,
  use: (read: BatchedRead, reply: ReadReply | Error) => void,
): void {
  (replies as readonly (ReadReply | Error)[]).forEach((reply, at) => {
    const read = reads[at];
    if (read !== undefined) use(read, reply);
  });
}

/** @param along what the script read along with the entry */
export function parseLoadState(key: string, token: string, reply: ReadReply, along?: ReadAlong): LoadState {
  const [state, version, , , detail, , nowMs = 0] = reply;
  switch (state) {
    case 1:
      return {
        kind: 'lease-granted',
        lease: {
          key,
          version,
          token,
          failuresBefore: Number(detail),
          beganMs: nowMs,
          invalidationEpoch: along?.epochOf(key),
        },
      };
    case 2:
      return { kind: 'loading-already', invalidationEpoch: along?.epochOf(key) };
    case 3:
      return { kind: 'backing-off', reason: degradedReason(String(detail)) };
    default:
      return { kind: 'not-needed' };
  }
}
