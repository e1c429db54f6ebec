import { ConnectionBreaker } from '../../kernel/connection-breaker.js';
import type { Clock } from '../../kernel/clock.js';
import type { RedisFault } from './redis-fault.js';

const OPENS_AFTER_FAILURES = 5;
export const PROBE_EVERY_MS = 250;

/**
 * The health of one Redis server as this process sees it: of the standalone server, or of one node
 * of a cluster.
 *
 * A refused write is no failure: the server answers, and reads of other callers still work. So a
 * refused write does not open the breaker, and is kept in `writeFault`.
 */
export class NodeHealth {
  readonly breaker: ConnectionBreaker;
  /** `undefined` means that the last command succeeded. */
  failingSinceMs: number | undefined;
  /** Why the last attempt to connect failed. `undefined` while the connection is open. */
  dialFault: RedisFault | undefined;
  /** Why the server refuses writes. */
  writeFault: RedisFault | undefined;
  /** True after a refusal for a missing permission, until the permissions are tried again. */
  permissionRefused = false;
  private commandFault: RedisFault | undefined;

  constructor(private readonly clock: Clock) {
    this.breaker = new ConnectionBreaker(clock, { opensAfter: OPENS_AFTER_FAILURES, probeEveryMs: PROBE_EVERY_MS });
  }

  get isUp(): boolean {
    return !this.breaker.isOpen;
  }

  /** Why commands fail. The failed attempt to connect says more than a command without one. */
  get fault(): RedisFault | undefined {
    return this.failingSinceMs === undefined ? undefined : (this.dialFault ?? this.commandFault);
  }

  /** How long every command has failed, in milliseconds; 0 means that the last one succeeded. */
  get failingForMs(): number {
    return this.failingSinceMs === undefined ? 0 : this.clock.nowMs() - this.failingSinceMs;
  }

  succeeded(): void {
    this.failingSinceMs = undefined;
    this.breaker.succeeded();
  }

  failed(fault: RedisFault): void {
    this.failingSinceMs ??= this.clock.nowMs();
    this.commandFault = fault;
    this.breaker.failed();
  }

  /** Starts the time of the failures again, after the connection was replaced. */
  replaced(): void {
    if (this.failingSinceMs !== undefined) this.failingSinceMs = this.clock.nowMs();
  }
}
