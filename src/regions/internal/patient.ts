import { setTimeout as delay } from 'node:timers/promises';
import { DatadipError } from '../../kernel/errors.js';

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2000;

/**
 * Repeats work that the store did not execute. The wait between two attempts grows.
 *
 * @param withinMs after this time the failure is thrown
 * @param isOver no further attempt is made when this returns true
 * @throws the failure of the last attempt. A failure that is not retryable is thrown at once
 */
export async function patiently<T>(work: () => Promise<T>, withinMs: number, isOver: () => boolean): Promise<T> {
  for (let waitedMs = 0, waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await work();
    } catch (error) {
      const mayHelp = error instanceof DatadipError && error.retryable;
      if (!mayHelp || waitedMs >= withinMs || isOver()) throw error;
    }
    await delay(waitMs, undefined, { ref: false });
    waitedMs += waitMs;
  }
}
