import type { Scheduler } from 'fast-check';
import { StoreUnavailable } from '../../../src/kernel/errors.js';
import type { Time } from './time.js';

/** The fault of one call of a port. A call whose reply is lost has taken effect. */
export type Fault = 'none' | 'refused' | 'reply lost';

export type PortCall =
  | 'read'
  | 'write'
  | 'writeIndexed'
  | 'fail'
  | 'release'
  | 'renew'
  | 'delete'
  | 'currentEpoch'
  | 'indexEntry'
  | 'beginInvalidation'
  | 'voidEntries'
  | 'completeInvalidation';

/**
 * The connection to the store. Every call pauses twice: before it takes effect, and before its
 * reply arrives. The schedule decides when it continues; other calls may run during the pause.
 */
export class Wire {
  private calls = 0;

  constructor(
    private readonly schedule: Scheduler,
    private readonly time: Time,
    /** The faults of the calls that may fail, in order. Later calls do not fail. */
    private readonly faults: readonly Fault[],
    private readonly mayFail: (call: PortCall) => boolean,
  ) {}

  async call<T>(name: PortCall, effect: () => Promise<T>): Promise<T> {
    const fault = this.mayFail(name) ? this.nextFault() : 'none';
    await this.step(`${name} →`);
    if (fault === 'refused') throw new StoreUnavailable('refused');
    const result = await effect();
    await this.step(`← ${name}`);
    if (fault === 'reply lost') throw new StoreUnavailable('the reply was lost');
    return result;
  }

  /** Waits for `count` steps of the schedule. */
  async steps(count: number, label: string): Promise<void> {
    for (let step = 0; step < count; step++) await this.step(label);
  }

  /** Waits until the schedule continues this call. */
  async step(label: string): Promise<void> {
    await this.schedule.schedule(Promise.resolve(), label);
    this.time.tick();
  }

  private nextFault(): Fault {
    const fault = this.faults[this.calls] ?? 'none';
    this.calls += 1;
    return fault;
  }
}
