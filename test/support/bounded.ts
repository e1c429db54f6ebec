import { TIMED_OUT, withTimeout } from '../../src/kernel/deadline.js';

/** Waits for `work` for at most `boundMs`. The error of a timeout names the `event`. */
export async function bounded<T>(work: Promise<T>, boundMs: number, event: string): Promise<T> {
  const result = await withTimeout(work, boundMs);
  if (result === TIMED_OUT) throw new Error(`${event}: not within ${boundMs} ms`);
  return result;
}
