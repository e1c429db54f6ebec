import type { LoadedAnswer } from '../../contracts/dip.js';
import type { InvalidationEpoch } from './customer-index.js';

/** The entry was invalidated while it was being loaded: the value is only for who waited before. Ask again. */
export const INVALIDATED_WHILE_LOADING: unique symbol = Symbol('voided');

/**
 * So long an answer of the origin waits until it can be read from the store, which is two round trips. Whoever has an answer and asks
 * again then hits, in any process: without the wait a quarter of them missed in the same process on loopback, and three quarters in another.
 */
export const KEPT_SOON_MS = 50;

/** One load of one entry, in this process, and what is known of it as it goes on. */
export interface RunningLoad {
  /** The place of its beginning among the tenant's invalidations; absent when it has none, because the store is away. */
  readonly stamp: Promise<InvalidationEpoch | undefined>;
  /** The origin's answer, as soon as it is there. */
  readonly loaded: Promise<LoadedAnswer>;
  /** Whether the answer was still right when it was kept. Never rejects. */
  readonly kept: Promise<boolean>;
  /** Settles when the answer can be read from the store, or `KEPT_SOON_MS` after it was there. Never rejects. */
  readonly readable: Promise<unknown>;
}

/**
 * What one who joined the flight gets of it.
 *
 * The value is right for them if no invalidation of the tenant came between the load's beginning and their joining, which they
 * usually know long before the load lands; else if it was kept. Otherwise it may be a value that was invalidated before they asked.
 *
 * @param joined the tenant's stamp, read after they asked
 */
export async function shareOf(
  flight: RunningLoad,
  joined: Promise<InvalidationEpoch | undefined>,
): Promise<LoadedAnswer | typeof INVALIDATED_WHILE_LOADING> {
  const [begun, now] = await Promise.all([flight.stamp, joined]);
  const answer = await flight.loaded;
  if (begun !== undefined && begun === now) return answer;
  return (await flight.kept) ? answer : INVALIDATED_WHILE_LOADING;
}
