import { TIMED_OUT, withTimeout } from '../../src/kernel/deadline.js';

/** Waits for `work` no longer than `boundMs`; the error then names what was waited for. */
export async function bounded<T>(work: Promise<T>, boundMs: number, what: string): Promise<T> {
  const result = await withTimeout(work, boundMs);
  if (result === TIMED_OUT) throw new Error(`${what}: not within ${boundMs} ms`);
  return result;
}
