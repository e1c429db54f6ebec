import type { Logger } from 'pino';
import type { EntryAudit } from '../../cache/entry-audit.js';
import type { BusOutcome } from '../../messaging/bus.metrics.js';
import type { CustomerUpdated } from '../../messaging/log/log-values.js';
import type { CheckedAfter } from '../regions.metrics.js';
import type { ReadRecord } from './read-record.js';

const CHECKS: readonly (readonly [after: CheckedAfter, afterMs: number])[] = [
  ['1s', 1000],
  ['10s', 10_000],
  ['60s', 60_000],
];
/**
 * The checker checks one of 100 events. The mark of the event decides, so all regions choose the
 * same events.
 */
const ONE_OF = 100;
/** Events that may wait for a check. A further event is not checked. */
const MAX_PENDING = 500;

export interface ConsistencyCheckerOptions {
  readonly audit: Pick<EntryAudit, 'hasLoadedBetween'>;
  /** Entries whose load began before it are not served; by the clock of the store. */
  readonly floorMs: () => number;
  /** How far the clocks of the region's Redis nodes may differ, in milliseconds. */
  readonly skewMs: () => number;
  readonly onFound: (after: CheckedAfter) => void;
  readonly log: Pick<Logger, 'error'>;
}

/**
 * Checks one of 100 events of other regions again, after 1, 10 and 60 s. At these times, no entry
 * of the customer may be stored whose load began before the event was applied.
 */
export class ConsistencyChecker {
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(private readonly options: ConsistencyCheckerOptions) {}

  /** @param beganAtMs a moment before the event was applied, by the clock of the store */
  applied(record: ReadRecord, outcome: BusOutcome, beganAtMs: number): void {
    if (record.kind !== 'customer' || outcome !== 'applied') return;
    const { value } = record;
    if (Number.parseInt(value.id.slice(0, 8), 16) % ONE_OF !== 0) return;
    if (this.timers.size > MAX_PENDING * CHECKS.length) return;
    for (const [after, afterMs] of CHECKS) this.schedule(value, beganAtMs, after, afterMs);
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private schedule(value: CustomerUpdated, beganAtMs: number, after: CheckedAfter, afterMs: number): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      // While the store is away, nothing can be checked, and nothing is served from it.
      this.check(value, beganAtMs, after).catch(() => undefined);
    }, afterMs).unref();
    this.timers.add(timer);
  }

  private async check({ tenant, customers }: CustomerUpdated, beganAtMs: number, after: CheckedAfter): Promise<void> {
    const { audit, floorMs, skewMs, onFound, log } = this.options;
    for (const hash of customers) {
      if (!(await audit.hasLoadedBetween({ tenant, hash }, floorMs(), beganAtMs - skewMs()))) continue;
      onFound(after);
      log.error('an entry is stored that an event of another region had deleted: report this as a fault of Datadip');
      return;
    }
  }
}
