import type { Clock } from './clock.js';
import { fullJitterMs } from './jitter.js';

/** Consecutive failures of a closed circuit. */
interface Failures {
  readonly count: number;
  readonly sinceMs: number;
  /** The different subjects that failed, at most `SEVERAL_SUBJECTS`. */
  readonly subjects: readonly string[];
  /** The different subjects for which the origin refused the credentials. */
  readonly refused: readonly string[];
}

/**
 * `open`: no call is admitted. `half-open`: one probe call is running, and no other call is
 * admitted.
 */
type CircuitState =
  | { readonly kind: 'closed'; readonly failures: Failures }
  | { readonly kind: 'open'; readonly untilMs: number; readonly openings: number; readonly probed: FailedProbe }
  | { readonly kind: 'half-open'; readonly openings: number; readonly probed: FailedProbe };

/** The subject of the last failed probe may not be probed again before `untilMs`. */
interface FailedProbe {
  readonly subject: string | undefined;
  readonly untilMs: number;
}

/**
 * Permission for one call. The holder calls exactly one of `succeeded`, `failed` and `cancel`,
 * once.
 */
export interface CircuitPermit {
  /** The origin answered; the content of the answer does not matter. */
  succeeded(): void;
  /** The call got no answer, or a 5xx: a timeout, a broken connection, a server error. */
  failed(subject: string): void;
  /** The origin refused the credentials. */
  refused(subject: string): void;
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
/**
 * The failures must be about at least this many different subjects. A single subject that always
 * fails, such as an id that makes the origin slow, says nothing about other subjects.
 */
export const SEVERAL_SUBJECTS = 3;
const NO_FAILURES: Failures = { count: 0, sinceMs: 0, subjects: [], refused: [] };
const HEALTHY: CircuitState = { kind: 'closed', failures: NO_FAILURES };
const NO_PROBE: FailedProbe = { subject: undefined, untilMs: 0 };
const MIN_OPEN_MS = 500;
const FIRST_OPEN_MS = 1000;
const MAX_OPEN_MS = 10_000;

/**
 * Stops the calls to an origin that fails every call. Then single probe calls test whether the
 * origin works again.
 *
 * A subject is what a call is about, such as the hash of one identifier.
 *
 * Guarantees:
 * - The circuit opens after ten failures in a row, over at least 0.5 s, of at least three different
 *   subjects. If the origin refuses the credentials, three different subjects in a row suffice.
 * - From the opening of the circuit until it closes, at most one newly admitted call runs at a
 *   time.
 * - The first answer closes the circuit.
 * - Each failed probe doubles the range of the next, random open time, up to 10 s.
 * - A subject whose probe failed waits twice as long for its next probe, so that another subject
 *   comes first.
 *
 * Does not guarantee: anything about calls that were admitted before the circuit opened. The
 * results of these calls neither open nor close the circuit.
 *
 * `ConnectionBreaker` says why the two classes stay apart.
 */
export class CircuitBreaker {
  private state: CircuitState = HEALTHY;

  private readonly closedPermit: CircuitPermit = {
    succeeded: () => this.succeeded(),
    failed: (subject) => this.failed(subject),
    refused: (subject) => this.refused(subject),
    isValid: () => this.state.kind === 'closed',
    cancel: () => undefined,
  };

  /** @param random returns a number in [0, 1]; it chooses the open time within its range */
  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  get isOpen(): boolean {
    return this.state.kind !== 'closed';
  }

  /** Returns `undefined` while the call must not be made. */
  tryAcquire(subject: string): CircuitPermit | undefined {
    const { state } = this;
    switch (state.kind) {
      case 'closed':
        return this.closedPermit;
      case 'half-open':
        return undefined;
      case 'open': {
        const untilMs = subject === state.probed.subject ? state.probed.untilMs : state.untilMs;
        return this.clock.nowMs() < untilMs ? undefined : this.probe(state.openings, state.probed);
      }
    }
  }

  private probe(openings: number, probed: FailedProbe): CircuitPermit {
    this.state = { kind: 'half-open', openings, probed };
    const failed = (subject: string): void => this.open(openings + 1, subject);
    return {
      succeeded: () => (this.state = HEALTHY),
      failed,
      refused: failed,
      isValid: () => true,
      cancel: () => (this.state = { kind: 'open', openings, untilMs: this.clock.nowMs(), probed }),
    };
  }

  private succeeded(): void {
    if (this.state.kind === 'closed' && this.state.failures !== NO_FAILURES) this.state = HEALTHY;
  }

  private failed(subject: string): void {
    if (this.state.kind !== 'closed') return;
    const nowMs = this.clock.nowMs();
    const before = this.state.failures;
    const count = before.count + 1;
    const sinceMs = before.count === 0 ? nowMs : before.sinceMs;
    const subjects = withSubject(before.subjects, subject);
    const isEnough = count >= OPENS_AFTER && subjects.length >= SEVERAL_SUBJECTS;
    if (isEnough && nowMs - sinceMs >= FAILS_FOR_MS) this.open(0);
    else this.state = { kind: 'closed', failures: { ...before, count, sinceMs, subjects } };
  }

  private refused(subject: string): void {
    if (this.state.kind !== 'closed') return;
    const refused = withSubject(this.state.failures.refused, subject);
    if (refused.length >= SEVERAL_SUBJECTS) this.open(0);
    else this.state = { kind: 'closed', failures: { ...this.state.failures, refused } };
  }

  /** @param probed subject of the failed probe; `undefined` means that the circuit was closed */
  private open(openings: number, probed?: string): void {
    const forMs = MIN_OPEN_MS + fullJitterMs(FIRST_OPEN_MS, MAX_OPEN_MS, openings, this.random());
    const nowMs = this.clock.nowMs();
    this.state = {
      kind: 'open',
      openings,
      untilMs: nowMs + forMs,
      probed: probed === undefined ? NO_PROBE : { subject: probed, untilMs: nowMs + 2 * forMs },
    };
  }
}

function withSubject(subjects: readonly string[], subject: string): readonly string[] {
  return subjects.length >= SEVERAL_SUBJECTS || subjects.includes(subject) ? subjects : [...subjects, subject];
}
