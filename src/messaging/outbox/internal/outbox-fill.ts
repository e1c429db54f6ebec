import { MAX_OUTBOX_AGE_MS, MAX_OUTBOX_RECORDS } from '../outbox.js';

/** The alarm begins at this part of a bound. */
const ALARM_FROM = 0.8;

interface TenantFill {
  readonly records: number;
  /** When the oldest record was stored, by the clock of Redis. 0 means that no record waits. */
  readonly oldestMs: number;
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

  get events(): number {
    return this.all().reduce((sum, { records }) => sum + records, 0);
  }

  oldestAgeMs(nowMs: number): number {
    return this.all().reduce((most, { oldestMs }) => Math.max(most, nowMs - oldestMs), 0);
  }

  /** The part of the bound that the fullest outbox has reached: of its number or of its age. */
  fullest(nowMs: number): number {
    const most = this.all().reduce((records, each) => Math.max(records, each.records), 0);
    return Math.max(most / MAX_OUTBOX_RECORDS, this.oldestAgeMs(nowMs) / MAX_OUTBOX_AGE_MS);
  }

  isAlarming(nowMs: number): boolean {
    return this.fullest(nowMs) >= ALARM_FROM;
  }

  private all(): TenantFill[] {
    return [...this.tenants.values()];
  }
}
