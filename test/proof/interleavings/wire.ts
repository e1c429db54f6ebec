import type { Scheduler } from 'fast-check';
import { StoreUnavailable } from '../../../src/kernel/errors.js';
import type { Time } from './time.js';

/** What becomes of one call of a port. A reply that is lost leaves the caller in doubt: the call was carried out. */
export type Fault = 'none' | 'refused' | 'reply lost';

export type PortCall =
  | 'read'
  | 'write'
  | 'fail'
  | 'release'
  | 'renew'
  | 'delete'
  | 'currentEpoch'
  | 'indexEntry'
  | 'beginInvalidation'
  | 'completeInvalidation';

/**
 * The way to the store and back. Every call stands still twice, before it is carried out and before its reply arrives, and goes on when
 * the schedule says so: in between anything else may happen.
 */
export class Wire {
  private calls = 0;

  constructor(
    private readonly schedule: Scheduler,
    private readonly time: Time,
    /** One by one for the calls that may fail; afterwards nothing fails any more. */
    private readonly faults: readonly Fault[],
    private readonly mayFail: (call: PortCall) => boolean,
  ) {}

  async call<T>(name: PortCall, effect: () => Promise<T>): Promise<T> {
    const fault = this.mayFail(name) ? this.nextFault() : 'none';
    await this.turn(`${name} →`);
    if (fault === 'refused') throw new StoreUnavailable('refused');
    const result = await effect();
    await this.turn(`← ${name}`);
    if (fault === 'reply lost') throw new StoreUnavailable('the reply was lost');
    return result;
  }

  /** Lets as many turns of its own go by. */
  async turns(count: number, label: string): Promise<void> {
    for (let turn = 0; turn < count; turn++) await this.turn(label);
  }

  /** Waits until it is this one's turn. */
  async turn(label: string): Promise<void> {
    await this.schedule.schedule(Promise.resolve(), label);
    this.time.tick();
  }

  private nextFault(): Fault {
    const fault = this.faults[this.calls] ?? 'none';
    this.calls += 1;
    return fault;
  }
}
