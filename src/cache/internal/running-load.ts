import type { AnswerText, LoadedAnswer } from '../../contracts/dip.js';
import { OriginFailure } from '../../kernel/errors.js';
import type { InvalidationEpoch } from './customer-index.js';

/**
 * The entry was invalidated while it was loaded. The value is valid only for callers who asked
 * before; the others read again.
 */
export const INVALIDATED_WHILE_LOADING: unique symbol = Symbol('invalidated while loading');

/**
 * How long an origin's answer waits until it can be read from the store, in milliseconds; storing
 * takes two round trips. A caller who has the answer and asks again then hits, in any process.
 * Without the wait a quarter of such callers missed in the same process, and three quarters in
 * another (loopback).
 */
export const MAX_STORE_WAIT_MS = 50;

/** A load of an entry that runs in this process. */
export interface RunningLoad {
  /**
   * The invalidation epoch of the tenant before the load began. `undefined` if the store could not
   * tell.
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
}

export type LoadResult = SharedAnswer | typeof INVALIDATED_WHILE_LOADING;

/**
 * Returns what a caller gets of a load that it joined.
 *
 * If no invalidation of the tenant came between the beginning of the load and the join, the value
 * is valid for the caller. The caller usually knows this long before the load ends. Otherwise the
 * value is valid if it could be stored: else it may have been invalidated before the caller asked.
 *
 * @param joinEpoch the tenant's epoch, read after the caller joined
 */
export async function answerForJoiner(
  load: RunningLoad,
  joinEpoch: Promise<InvalidationEpoch | undefined>,
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
