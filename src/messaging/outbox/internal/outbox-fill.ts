import { MAX_OUTBOX_AGE_MS, MAX_OUTBOX_RECORDS } from '../outbox.js';

/** The alarm begins at this share of a limit. */
const ALARM_FROM = 0.8;

interface TenantFill {
  readonly records: number;
  /** When the oldest record was stored, by the clock of Redis. 0 means that no record waits. */
  readonly oldestMs: number;
}

/** How full the outboxes of a region are at one moment. */
export interface FillReport {
  /** Records of all tenants that wait. */
  readonly events: number;
  /** The age of the oldest record, in milliseconds. */
  readonly oldestAgeMs: number;
  /**
   * The share of the allowed number of records that the fullest outbox has reached: 1 means that it
   * is full.
   */
  readonly eventsShare: number;
  /**
   * The share of the allowed age that the oldest record has reached. At 1 the record is dropped.
   */
  readonly ageShare: number;
}

/** The larger of the two shares: the number or the age, whichever reaches its limit first. */
export function fullestShare({ eventsShare, ageShare }: FillReport): number {
  return Math.max(eventsShare, ageShare);
}

export function isAlarming(report: FillReport): boolean {
  return fullestShare(report) >= ALARM_FROM;
}

/** How full the outboxes of the region are, as the sender has seen them. */
export class OutboxFill {
  private readonly tenants = new Map<string, TenantFill>();

  note(tenant: string, records: number, oldestMs: number): void {
    if (records === 0) this.tenants.delete(tenant);
    else this.tenants.set(tenant, { records, oldestMs });
  }

  clear(): void {
    this.tenants.clear();
  }

  /** The tenants whose records wait. */
  waiting(): string[] {
    return [...this.tenants.keys()];
  }

  /** @param nowMs a Unix time, by the clock of this process */
  report(nowMs: number): FillReport {
    let [events, most, oldestAgeMs] = [0, 0, 0];
    for (const { records, oldestMs } of this.tenants.values()) {
      events += records;
      most = Math.max(most, records);
      oldestAgeMs = Math.max(oldestAgeMs, nowMs - oldestMs);
    }
    return { events, oldestAgeMs, eventsShare: most / MAX_OUTBOX_RECORDS, ageShare: oldestAgeMs / MAX_OUTBOX_AGE_MS };
  }
}
