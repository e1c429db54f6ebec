import { setTimeout as delay } from 'node:timers/promises';
import type { Priority } from '../config/config.js';
import type { Clock } from '../kernel/clock.js';
import { Deadline } from '../kernel/deadline.js';
import { NotAdmitted } from '../kernel/errors.js';
import type { Origin } from '../origins/origin.js';

const PAGE_WITHIN_MS = 30_000;
/** A share of 300 calls a minute is a call in half a second or so. */
const ASK_AGAIN_AFTER_MS = 500;

/** The API of a platform, read inside its budget. */
export class PlatformApi {
  constructor(
    private readonly origin: Origin,
    /** Of its calls, in the budget of the system. */
    private readonly priority: Priority,
    private readonly clock: Clock,
  ) {}

  /** @returns absent: there is no such thing */
  async get(pathAndQuery: string, deadline: Deadline): Promise<unknown> {
    const request = { kind: 'http', method: 'GET', pathAndQuery, body: undefined } as const;
    return (await this.origin.call(request, { priority: this.priority, deadline })).body;
  }

  /** A page of many, for which nobody waits: turned away by the budget, it waits for its turn. */
  async page(pathAndQuery: string): Promise<unknown> {
    const deadline = new Deadline(this.clock, this.clock.nowMs() + PAGE_WITHIN_MS);
    for (;;) {
      try {
        return await this.get(pathAndQuery, deadline);
      } catch (error) {
        const isBusy = error instanceof NotAdmitted && error.code === 'shed';
        if (!isBusy || deadline.remainingMs() < ASK_AGAIN_AFTER_MS) throw error;
        await delay(ASK_AGAIN_AFTER_MS, undefined, { ref: false });
      }
    }
  }
}
