import { TIMED_OUT, withTimeout } from '../../kernel/deadline.js';
import { timedOut } from './sql-failures.js';

/**
 * Waits for a connection to open and to log in.
 *
 * @param destroy closes the socket of a connection that is not open in time, or that failed
 * @throws {OriginFailure} when the time is up
 */
export async function boundedConnect(
  connecting: Promise<unknown>,
  withinMs: number,
  destroy: () => void,
): Promise<void> {
  try {
    if ((await withTimeout(connecting, withinMs)) === TIMED_OUT) throw timedOut();
  } catch (error) {
    destroy();
    throw error;
  }
}
