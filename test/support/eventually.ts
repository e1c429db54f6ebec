import { setTimeout as sleep } from 'node:timers/promises';

const STEP_MS = 10;

export interface Patience {
  /** How long the outcome may take. Default 20,000: generous, because a passing check returns at once. */
  readonly withinMs?: number;
}

/**
 * Repeats `check` until it no longer throws, and returns what it returned; when the time is up, throws what it threw last.
 * For outcomes that come by themselves. An order of events is held with a gate, not waited for.
 */
export async function eventually<T>(check: () => T | Promise<T>, patience: Patience = {}): Promise<T> {
  const untilMs = performance.now() + (patience.withinMs ?? 20_000);
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= untilMs) throw error;
    }
    await sleep(STEP_MS);
  }
}
