import type { Clock } from './clock.js';
import { fullJitterMs } from './jitter.js';

/**
 * `open`: no call is admitted. `half-open`: one probe call is running, and no other call is
 * admitted.
 */
type CircuitState =
  | { readonly kind: 'closed'; readonly failures: number; readonly sinceMs: number }
  | { readonly kind: 'open'; readonly untilMs: number; readonly openings: number }
  | { readonly kind: 'half-open'; readonly openings: number };

/**
 * Permission for one call. The holder calls exactly one of `succeeded`, `failed` and `cancel`,
 * once.
 */
export interface CircuitPermit {
  /** The origin answered; the content of the answer does not matter. */
  succeeded(): void;
  /** The call got no answer, or a 5xx: a timeout, a broken connection, a server error. */
  failed(): void;
  /** Whether the call may still be made. The circuit can open while the caller waits. */
  isValid(): boolean;
  /** The call was not made. */
  cancel(): void;
}

/**
 * The number of consecutive failures that opens the circuit. An origin that is only overloaded
 * still answers some calls in between.
 */
const OPENS_AFTER = 10;
/**
 * The least time between the first and the last of these failures, in milliseconds. Calls that
 * break together, when an origin restarts, therefore do not open the circuit.
 */
const FAILS_FOR_MS = 500;
const HEALTHY: CircuitState = { kind: 'closed', failures: 0, sinceMs: 0 };
const MIN_OPEN_MS = 500;
const FIRST_OPEN_MS = 1000;
const MAX_OPEN_MS = 10_000;

/**
 * Stops the calls to an origin that fails every call. Then single probe calls test whether the
 * origin works again.
 *
 * Guarantees:
 * - While the circuit is not closed, at most one call runs that was admitted after the circuit
 *   opened.
 * - The first answer closes the circuit.
 * - Each failed probe doubles the range of the next, random open time, up to 10 s.
 *
 * Does not guarantee: anything about calls that were admitted before the circuit opened. Their
 * results neither open nor close the circuit.
 *
 * `ConnectionBreaker` says why the two classes stay apart.
 */
export class CircuitBreaker {
  private state: CircuitState = HEALTHY;

  private readonly closedPermit: CircuitPermit = {
    succeeded: () => this.succeeded(),
    failed: () => this.failed(),
    isValid: () => this.state.kind === 'closed',
    cancel: () => undefined,
  };

  /** @param random returns a number in [0, 1]; it chooses the open time within its range */
  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** Returns `undefined` while the call must not be made. */
  tryAcquire(): CircuitPermit | undefined {
    switch (this.state.kind) {
      case 'closed':
        return this.closedPermit;
      case 'half-open':
        return undefined;
      case 'open':
        return this.clock.nowMs() < this.state.untilMs ? undefined : this.probe(this.state.openings);
    }
  }

  private probe(openings: number): CircuitPermit {
    this.state = { kind: 'half-open', openings };
    return {
      succeeded: () => (this.state = HEALTHY),
      failed: () => this.open(openings + 1),
      isValid: () => true,
      cancel: () => (this.state = { kind: 'open', openings, untilMs: this.clock.nowMs() }),
    };
  }

  private succeeded(): void {
    if (this.state.kind === 'closed' && this.state.failures > 0) this.state = HEALTHY;
  }

  private failed(): void {
    if (this.state.kind !== 'closed') return;
    const nowMs = this.clock.nowMs();
    const failures = this.state.failures + 1;
    const sinceMs = failures === 1 ? nowMs : this.state.sinceMs;
    if (failures >= OPENS_AFTER && nowMs - sinceMs >= FAILS_FOR_MS) this.open(0);
    else this.state = { kind: 'closed', failures, sinceMs };
  }

  private open(openings: number): void {
    const forMs = MIN_OPEN_MS + fullJitterMs(FIRST_OPEN_MS, MAX_OPEN_MS, openings, this.random());
    this.state = { kind: 'open', openings, untilMs: this.clock.nowMs() + forMs };
  }
}
