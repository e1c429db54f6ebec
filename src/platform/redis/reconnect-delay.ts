import { needsOperator, type RedisFault } from './redis-fault.js';

const STEP_MS = 50;
const MAX_MS = 500;
/** For causes that dialling does not repair, such as a wrong password. */
const MAX_WITH_OPERATOR_MS = 5000;

/**
 * The wait before each attempt to connect: 50, 100, … 500 ms, and then always 500 ms. While only an
 * operator can repair the cause, the wait doubles up to 5 s. So a wrong password does not cause
 * many logins.
 */
export class ReconnectDelay {
  private attempts = 0;

  constructor(private readonly fault: () => RedisFault | undefined) {}

  nextMs(): number {
    this.attempts += 1;
    const fault = this.fault();
    return fault !== undefined && needsOperator(fault)
      ? Math.min(STEP_MS * 2 ** Math.min(this.attempts, 10), MAX_WITH_OPERATOR_MS)
      : Math.min(STEP_MS * this.attempts, MAX_MS);
  }

  /** The server has answered. */
  reset(): void {
    this.attempts = 0;
  }
}
