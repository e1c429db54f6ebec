import type { Logger } from 'pino';
import type { Clock } from '../../kernel/clock.js';
import type { EventLog, RecordToAppend } from '../../messaging/log/event-log.js';
import { HOMES_PARTITION, VALUE_VERSION, type HomeMoved, type HomeReleased } from '../../messaging/log/log-values.js';
import { declareLogFields } from '../../platform/logging/log-fields.js';
import { isAffected, type Disagreement } from './home-fingerprint.js';
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

/** Reports to the other regions and to the operator what this region knows about homes. */
export class HomeAnnouncer {
  private stoppedAtMs = -Infinity;
  private announcedAtMs = -Infinity;
  private reported = '';

  /** @param log `undefined` in a process that writes no records */
  constructor(
    private readonly region: string,
    private readonly homes: RegionHomes,
    private readonly log: EventLog | undefined,
    private readonly clock: Clock,
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
  ) {}

  /** Logs the regions whose tables differ, when they change. */
  report(): void {
    const regions = [...this.homes.disagreeing];
    const names = regions.join(' ');
    if (names === this.reported) return;
    this.reported = names;
    if (names === '') this.logger.info('the tables of homes agree again');
    else this.logger.warn({ regions }, DIFFERS);
  }

  /**
   * For each tenant whose home is being moved away from this region: stops its claims here, and
   * reports this in the log. Repeats the report at most once a second, until this region has read
   * its own message.
   */
  async stopFormer(gate: ClaimGate): Promise<void> {
    const { region, homes, log, clock } = this;
    if (log === undefined || clock.nowMs() - this.stoppedAtMs < REPEAT_EVERY_MS) return;
    const stopping = homes.table.moved().filter(({ tenant, home, former }) => {
      return home === null && former === region && homes.releaseOf(tenant)?.region !== region;
    });
    if (stopping.length === 0) return;
    this.stoppedAtMs = clock.nowMs();
    for (const { tenant, epoch } of stopping) {
      const lastFence = await gate.close(tenant);
      const released = { type: 'tenant.home-released', tenant, epoch, region, lastFence } as const;
      await log.append([recordOf(tenant, { schema: VALUE_VERSION, ...released })], APPEND_WITHIN_MS);
    }
  }

  /**
   * Appends the records of moves again for a region that has not read them, because the log may
   * have lost them.
   */
  async announce(disagreement: Disagreement): Promise<void> {
    const nowMs = this.clock.nowMs();
    if (this.log === undefined || nowMs - this.announcedAtMs < ANNOUNCE_EVERY_MS) return;
    this.announcedAtMs = nowMs;
    const moved = this.homes.table.moved().filter(({ tenant }) => isAffected(disagreement, tenant));
    const records = moved.slice(0, MAX_ANNOUNCED).map((each) => homeRecord(each));
    if (records.length > 0) await this.log.append(records, APPEND_WITHIN_MS);
  }
}

/** The record of the log that moves a home. */
export function homeRecord({ tenant, epoch, home, fenceAbove }: Omit<HomeMoved, 'schema' | 'type'>): RecordToAppend {
  return recordOf(tenant, { schema: VALUE_VERSION, type: 'tenant.home', tenant, epoch, home, fenceAbove });
}

function recordOf(tenant: string, value: HomeMoved | HomeReleased): RecordToAppend {
  return { ...HOMES_PARTITION, key: `${tenant}:home`, value: JSON.stringify(value) };
}
