import type { AnswerText, LoadedAnswer } from '../../contracts/dip.js';
import { OriginFailure } from '../../kernel/errors.js';
import type { InvalidationEpoch } from './customer-index.js';

/**
 * The entry was invalidated during its load. The value is valid only for callers who asked before
 * the invalidation. Later callers read the store again.
 */
export const INVALIDATED_WHILE_LOADING: unique symbol = Symbol('invalidated while loading');

/**
 * The longest time that a caller's answer waits until the value is stored, in milliseconds. Storing
 * takes one round trip, or two in a cluster. A caller who asks again after the answer then hits in
 * any process. Measured over loopback without the wait: a quarter of the second requests missed in
 * the same process, three quarters in another process.
 */
export const MAX_STORE_WAIT_MS = 50;

/** A load of an entry that runs in this process. */
export interface RunningLoad {
  /** By `Clock`. */
  readonly beganMs: number;
  /**
   * The invalidation epoch of the tenant before the load began. `undefined` means that the store
   * was unavailable.
   */
  readonly epoch: Promise<InvalidationEpoch | undefined>;
  /** The origin's answer, as soon as it has arrived. */
  readonly answer: Promise<LoadedAnswer>;
  /** Whether the answer was still valid when it was stored. Never rejects. */
  readonly stored: Promise<boolean>;
  /**
   * Settles when the answer can be read from the store, or `MAX_STORE_WAIT_MS` after it arrived.
   * Never rejects.
   */
  readonly readable: Promise<unknown>;
}

/** An answer that all callers of one load share. */
export interface SharedAnswer {
  readonly text: AnswerText;
  /**
   * As in `RunningLoad`. `undefined` if the answer was read from the store, or if there is no
   * store.
   */
  readonly readable?: Promise<unknown>;
  /**
   * When the load began, by `Clock`. `undefined` if the answer was read from the store, or if there
   * is no store.
   */
  readonly beganMs?: number;
}

export type LoadResult = SharedAnswer | typeof INVALIDATED_WHILE_LOADING;

/**
 * Returns the result of a load for a caller that joined it.
 *
 * If the epoch is the same at the beginning of the load and at the join, the value is valid for the
 * caller. If the epoch moved, the caller gets the value only if the store accepted it. The store
 * refuses an invalidated value.
 *
 * @param joinEpoch the tenant's epoch, read after the caller asked. So it counts every invalidation
 *   that was acknowledged before the caller asked
 */
export async function answerForJoiner(
  load: RunningLoad,
  joinEpoch: InvalidationEpoch | Promise<InvalidationEpoch | undefined>,
): Promise<LoadResult> {
  const [beginEpoch, epoch] = await Promise.all([load.epoch, joinEpoch]);
  const { text } = await load.answer;
  const isValid = (beginEpoch !== undefined && beginEpoch === epoch) || (await load.stored);
  return isValid ? { text, readable: load.readable } : INVALIDATED_WHILE_LOADING;
}

export function asOriginFailure(error: unknown): OriginFailure {
  return error instanceof OriginFailure
    ? error
    : new OriginFailure('origin_error', 'the load failed', { cause: error });
}
