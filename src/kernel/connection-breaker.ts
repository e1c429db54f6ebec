import type { Clock } from './clock.js';

type ConnectionBreakerState =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly sinceMs: number }
  | { readonly kind: 'probing'; readonly sinceMs: number };

export interface ConnectionBreakerOptions {
  /** Consecutive failures that open the breaker. */
  readonly opensAfter: number;
  /**
   * Time between two probes of an open breaker. A probe without a report blocks the next one this
   * long.
   */
  readonly probeEveryMs: number;
}

/**
 * Stops commands on a connection that keeps failing, and lets one command per interval test it.
 *
 * Guarantees:
 * - While the breaker is open, it admits at most one command per `probeEveryMs`.
 * - Any success closes the breaker, also the success of a command that began before it opened.
 *
 * Does not guarantee: that every admitted command reports. Reports are anonymous, and a probe that
 * never reports loses its place after `probeEveryMs`.
 *
 * `CircuitBreaker` has other rules, so the two classes stay apart:
 * - Each call of a `CircuitBreaker` holds a permit and reports through the permit.
 * - A probe is exclusive until the probe reports, and each failed probe extends the open time.
 * - Calls from before the opening have no effect. An origin that answers an old call slowly can
 *   still be failing, but a connection that delivers any reply works again.
 */
export class ConnectionBreaker {
  private state: ConnectionBreakerState = { kind: 'closed', failures: 0 };

  constructor(
    private readonly clock: Clock,
    private readonly options: ConnectionBreakerOptions,
  ) {}

  get isOpen(): boolean {
    return this.state.kind !== 'closed';
  }

  /**
   * Returns whether the command may run. While the breaker is open, `true` makes the command its
   * probe.
   */
  tryAcquire(): boolean {
    switch (this.state.kind) {
      case 'closed':
        return true;
      case 'open':
      case 'probing': {
        const nowMs = this.clock.nowMs();
        if (nowMs - this.state.sinceMs < this.options.probeEveryMs) return false;
        this.state = { kind: 'probing', sinceMs: nowMs };
        return true;
      }
    }
  }

  succeeded(): void {
    if (this.state.kind !== 'closed' || this.state.failures > 0) this.state = { kind: 'closed', failures: 0 };
  }

  failed(): void {
    switch (this.state.kind) {
      case 'closed': {
        const failures = this.state.failures + 1;
        const opens = failures >= this.options.opensAfter;
        this.state = opens ? { kind: 'open', sinceMs: this.clock.nowMs() } : { kind: 'closed', failures };
        return;
      }
      case 'open':
        return;
      case 'probing':
        this.state = { kind: 'open', sinceMs: this.clock.nowMs() };
        return;
    }
  }
}
