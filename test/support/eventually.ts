import { setTimeout as sleep } from 'node:timers/promises';

const STEP_MS = 10;

export interface EventuallyOptions {
  /**
   * The longest time until the check passes. Default: 20,000. A long default costs no time, because
   * a passing check returns at once.
   */
  readonly withinMs?: number;
}

/**
 * Repeats `check` until it no longer throws, and returns its result. After the timeout it throws
 * the last error of the check. A test that needs an order of events uses a gate instead.
 */
export async function eventually<T>(check: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const untilMs = performance.now() + (options.withinMs ?? 20_000);
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= untilMs) throw error;
    }
    await sleep(STEP_MS);
  }
}
