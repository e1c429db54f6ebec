import { TIME_IS_UP, withinMs } from '../../src/kernel/deadline.js';

/** Waits for `work` no longer than `boundMs`; the error then names what was waited for. */
export async function bounded<T>(work: Promise<T>, boundMs: number, what: string): Promise<T> {
  const result = await withinMs(work, boundMs);
  if (result === TIME_IS_UP) throw new Error(`${what}: not within ${boundMs} ms`);
  return result;
}
