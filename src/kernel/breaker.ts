import type { Clock } from './clock.js';

export type BreakerState =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly sinceMs: number }
  | { readonly kind: 'probing'; readonly sinceMs: number };

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly opensAfter: number;
  /** How long it stays open before one call may try again. Also the longest a lost probe can block the next. */
  readonly probeEveryMs: number;
}

/**
 * Stops calling what keeps failing, and lets one call at a time find out whether it is back.
 *
 * Promised: while open, at most one call per `probeEveryMs` is admitted; one success closes it.
 * Not promised: anything about calls admitted before it opened; each reports for itself.
 */
export class Breaker {
  private state: BreakerState = { kind: 'closed', failures: 0 };

  constructor(
    private readonly clock: Clock,
    private readonly options: BreakerOptions,
  ) {}

  get isOpen(): boolean {
    return this.state.kind !== 'closed';
  }

  /** Asked before every call. True for an open breaker means: you are the probe, and must report. */
  admits(): boolean {
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
