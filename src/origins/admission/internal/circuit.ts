import type { Clock } from '../../../kernel/clock.js';
import { fullJitterMs } from '../../../kernel/jitter.js';

/** `open`: nobody calls. `half-open`: one call finds out, and nobody else calls until it has. */
type CircuitState =
  | { readonly kind: 'closed'; readonly failures: number; readonly sinceMs: number }
  | { readonly kind: 'open'; readonly untilMs: number; readonly openings: number }
  | { readonly kind: 'half-open'; readonly openings: number };

/** The right to make one call. Exactly one of `answered`, `failed` and `unused` must be called, once. */
export interface CircuitPass {
  /** The origin answered, whatever it said. */
  answered(): void;
  /** It failed outright: a time-out, a broken connection, a 5xx. */
  failed(): void;
  /** Whether the call may still be made: it may have opened while its caller waited. */
  holds(): boolean;
  /** The call was not made after all. */
  unused(): void;
}

/** In a row, with no answer between: an origin that is merely overloaded still answers some. */
const OPENS_AFTER = 10;
/** And over this long: calls that break together, at a restart, are one failure. */
const FAILS_FOR_MS = 500;
const WELL: CircuitState = { kind: 'closed', failures: 0, sinceMs: 0 };
const LEAST_OPEN_MS = 500;
const FIRST_OPEN_MS = 1000;
const MOST_OPEN_MS = 10_000;

/**
 * Stops asking an origin that fails outright, and lets one call at a time find out whether it is back.
 *
 * Promised: while it is not closed, at most one call is under way that was admitted since; one answer closes it; each probe that fails
 * doubles the span the next one is drawn from, up to 10 s.
 * Not promised: anything about calls admitted before it opened; what becomes of them neither opens nor closes it.
 */
export class Circuit {
  private state: CircuitState = WELL;

  private readonly closedPass: CircuitPass = {
    answered: () => this.succeeded(),
    failed: () => this.failed(),
    holds: () => this.state.kind === 'closed',
    unused: () => undefined,
  };

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** Absent: do not call. */
  admit(): CircuitPass | undefined {
    switch (this.state.kind) {
      case 'closed':
        return this.closedPass;
      case 'half-open':
        return undefined;
      case 'open':
        return this.clock.nowMs() < this.state.untilMs ? undefined : this.probe(this.state.openings);
    }
  }

  private probe(openings: number): CircuitPass {
    this.state = { kind: 'half-open', openings };
    return {
      answered: () => (this.state = WELL),
      failed: () => this.open(openings + 1),
      holds: () => true,
      unused: () => (this.state = { kind: 'open', openings, untilMs: this.clock.nowMs() }),
    };
  }

  private succeeded(): void {
    if (this.state.kind === 'closed' && this.state.failures > 0) this.state = WELL;
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
    const forMs = LEAST_OPEN_MS + fullJitterMs(FIRST_OPEN_MS, MOST_OPEN_MS, openings, this.random());
    this.state = { kind: 'open', openings, untilMs: this.clock.nowMs() + forMs };
  }
}
