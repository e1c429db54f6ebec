import { setTimeout as delay } from 'node:timers/promises';
import type { Priority } from '../config/sections/lookups/lookup-config.js';
import type { Clock } from '../kernel/clock.js';
import { Deadline } from '../kernel/deadline.js';
import { NotAdmitted } from '../kernel/errors.js';
import type { Origin } from '../origins/origin.js';

/** The longest time for one page, including the waits for admission. */
const PAGE_TIMEOUT_MS = 30_000;
/** Half of 300 calls a minute is one call in 400 ms. */
const RETRY_AFTER_MS = 500;

/** Reads a platform's API within the budget of its system. */
export class PlatformApi {
  constructor(
    private readonly origin: Origin,
    /** Priority of the calls in the budget of the system. */
    private readonly priority: Priority,
    private readonly clock: Clock,
  ) {}

  /** @returns the response body; `undefined` if the platform has no such resource */
  async get(pathAndQuery: string, deadline: Deadline): Promise<unknown> {
    const request = { kind: 'http', method: 'GET', pathAndQuery, body: undefined } as const;
    return (await this.origin.call(request, { priority: this.priority, deadline })).body;
  }

  /**
   * Reads one page of a list. No caller waits for it, so a call that the budget refuses is retried.
   */
  async getPage(pathAndQuery: string): Promise<unknown> {
    const deadline = new Deadline(this.clock, this.clock.nowMs() + PAGE_TIMEOUT_MS);
    for (;;) {
      try {
        return await this.get(pathAndQuery, deadline);
      } catch (error) {
        const isBusy = error instanceof NotAdmitted && error.code === 'shed';
        if (!isBusy || deadline.remainingMs() < RETRY_AFTER_MS) throw error;
        await delay(RETRY_AFTER_MS, undefined, { ref: false });
      }
    }
  }
}
