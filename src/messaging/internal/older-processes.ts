import type { Clock } from '../../kernel/clock.js';

/** How long this process must have received messages before it believes that it is alone. */
const LISTENS_FIRST_MS = 3000;
/** How long an older process counts after its last message: it may be restarting. */
const REMEMBERED_FOR_MS = 600_000;

/**
 * Notices processes of an earlier version, which read and write other keys. Every process sends a
 * heartbeat each 400 ms.
 *
 * Does not guarantee: that an older process is noticed before its first heartbeat arrives.
 */
export class OlderProcesses {
  private heardAtMs = -Infinity;
  private listensSinceMs: number | undefined;

  constructor(private readonly clock: Clock) {}

  /** A message of an earlier version arrived. */
  heard(): void {
    this.heardAtMs = this.clock.nowMs();
  }

  /** A heartbeat of this process arrived, so messages arrive. */
  listens(): void {
    this.listensSinceMs ??= this.clock.nowMs();
  }

  /** Messages may have been missed. */
  lost(): void {
    this.listensSinceMs = undefined;
  }

  mayExist(): boolean {
    const nowMs = this.clock.nowMs();
    if (this.listensSinceMs === undefined || nowMs - this.listensSinceMs < LISTENS_FIRST_MS) return true;
    return nowMs - this.heardAtMs < REMEMBERED_FOR_MS;
  }
}
