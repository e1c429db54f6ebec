import type { LoadedAnswer } from '../../contracts/dip.js';
import type { InvalidationEpoch } from './customer-index.js';

/** The entry was invalidated while it was being loaded: the value is only for who waited before. Ask again. */
export const INVALIDATED_WHILE_LOADING: unique symbol = Symbol('voided');

/**
 * So long an answer of the origin waits until it can be read from the store, which is two round trips. Whoever has an answer and asks
 * again then hits, in any process: without the wait a quarter of them missed in the same process on loopback, and three quarters in another.
 */
export const MAX_STORE_WAIT_MS = 50;

/** One load of one entry, in this process, and what is known of it as it goes on. */
export interface RunningLoad {
  /** The place of its beginning among the tenant's invalidations; absent when it has none, because the store is away. */
  readonly epoch: Promise<InvalidationEpoch | undefined>;
  /** The origin's answer, as soon as it is there. */
  readonly answer: Promise<LoadedAnswer>;
  /** Whether the answer was still right when it was kept. Never rejects. */
  readonly stored: Promise<boolean>;
  /** Settles when the answer can be read from the store, or `KEPT_SOON_MS` after it was there. Never rejects. */
  readonly readable: Promise<unknown>;
}

/**
 * What one who joined the flight gets of it.
 *
 * The value is right for them if no invalidation of the tenant came between the load's beginning and their joining, which they
 * usually know long before the load lands; else if it was kept. Otherwise it may be a value that was invalidated before they asked.
 *
 * @param joined the tenant's epoch, read after they asked
 */
export async function answerForJoiner(
  flight: RunningLoad,
  joined: Promise<InvalidationEpoch | undefined>,
): Promise<LoadedAnswer | typeof INVALIDATED_WHILE_LOADING> {
  const [begun, now] = await Promise.all([flight.epoch, joined]);
  const answer = await flight.answer;
  if (begun !== undefined && begun === now) return answer;
  return (await flight.stored) ? answer : INVALIDATED_WHILE_LOADING;
}
