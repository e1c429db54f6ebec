import type { Logger } from 'pino';
import type { Clock } from '../../kernel/clock.js';
import type { EventLog, RecordToAppend } from '../../messaging/log/event-log.js';
import { HOMES_PARTITION, VALUE_VERSION, type HomeMoved, type HomeReleased } from '../../messaging/log/log-values.js';
import { declareLogFields } from '../../platform/logging/log-fields.js';
import { isAffected, type Disagreement } from './home-fingerprint.js';
import type { HomeSignatures } from './home-signatures.js';
import type { RegionHomes } from './region-homes.js';

declareLogFields({ regions: 'texts' });

/** A message that the log did not take is sent again after this time. */
const REPEAT_EVERY_MS = 1000;
const ANNOUNCE_EVERY_MS = 10_000;
const APPEND_WITHIN_MS = 2000;
const MAX_ANNOUNCED = 400;
const DIFFERS =
  'the table of homes differs from that of another region: claims of the tenants in question get no_home; give all regions the same homes';

/** Stops and begins the claims of a tenant in the region's store. The agent store implements it. */
export interface ClaimGate {
  /**
   * After it resolves, no process of the region claims an agent of the tenant.
   *
   * @returns the last fence of the tenant; 0 if there was none
   */
  close(tenant: string): Promise<number>;
  open(tenant: string): Promise<void>;
}

export interface HomeAnnouncerOptions {
  readonly region: string;
  readonly homes: RegionHomes;
  /** `undefined` in a process that writes no records. */
  readonly log: EventLog | undefined;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  readonly signatures: HomeSignatures;
}

/** Reports to the other regions and to the operator what this region knows about homes. */
export class HomeAnnouncer {
  private stoppedAtMs = -Infinity;
  private announcedAtMs = -Infinity;
  private reported = '';

  constructor(private readonly options: HomeAnnouncerOptions) {}

  /** Logs the regions whose tables differ, when they change. */
  report(): void {
    const { homes, logger } = this.options;
    const regions = [...homes.disagreeing];
    const names = regions.join(' ');
    if (names === this.reported) return;
    this.reported = names;
    if (names === '') logger.info('the tables of homes agree again');
    else logger.warn({ regions }, DIFFERS);
  }

  /**
   * For each tenant whose home is being moved away from this region: stops its claims here, and
   * reports this in the log. Repeats the report at most once a second, until this region has read
   * its own message.
   */
  async stopFormer(gate: ClaimGate): Promise<void> {
    const { region, homes, log, clock, signatures } = this.options;
    if (log === undefined || clock.nowMs() - this.stoppedAtMs < REPEAT_EVERY_MS) return;
    const stopping = homes.table.moved().filter(({ tenant, home, former }) => {
      return home === null && former === region && homes.releaseOf(tenant)?.region !== region;
    });
    if (stopping.length === 0) return;
    this.stoppedAtMs = clock.nowMs();
    for (const { tenant, epoch } of stopping) {
      const lastFence = await gate.close(tenant);
      const released = { type: 'tenant.home-released', tenant, epoch, region, lastFence } as const;
      await log.append([homeRecord(signatures, { schema: VALUE_VERSION, ...released })], APPEND_WITHIN_MS);
    }
  }

  /**
   * Appends the records of moves again for a region that has not read them, because the log may
   * have lost them.
   */
  async announce(disagreement: Disagreement): Promise<void> {
    const { log, clock, homes, signatures } = this.options;
    const nowMs = clock.nowMs();
    if (log === undefined || nowMs - this.announcedAtMs < ANNOUNCE_EVERY_MS) return;
    this.announcedAtMs = nowMs;
    const moved = homes.table.moved().filter(({ tenant }) => isAffected(disagreement, tenant));
    const records = moved.slice(0, MAX_ANNOUNCED).map(({ tenant, epoch, home, fenceAbove }) => {
      return homeRecord(signatures, { schema: VALUE_VERSION, type: 'tenant.home', tenant, epoch, home, fenceAbove });
    });
    if (records.length > 0) await log.append(records, APPEND_WITHIN_MS);
  }
}

/** The signed record of the log about a home. */
export function homeRecord(signatures: HomeSignatures, record: HomeMoved | HomeReleased): RecordToAppend {
  return { ...HOMES_PARTITION, key: `${record.tenant}:home`, value: JSON.stringify(signatures.sign(record)) };
}
