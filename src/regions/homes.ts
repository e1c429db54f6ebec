import { Inject, Injectable, Optional, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import { REGIONS_CONFIG, type PeerConfig, type RegionsConfig } from '../config/sections/regions.js';
import { REGION } from '../config/sections/server.js';
import { Clock } from '../kernel/clock.js';
import { Hmac } from '../kernel/hmac.js';
import { Hearing } from '../messaging/hearing.js';
import { EventLog } from '../messaging/log/event-log.js';
import type { SignedHomeRecord } from '../messaging/log/log-values.js';
import { HealthContributors } from '../platform/lifecycle/health-contributors.js';
import { LOGGER } from '../platform/logging/logger.token.js';
import { Redis } from '../platform/redis/redis.js';
import { HomeAnnouncer, type ClaimGate } from './internal/home-announcer.js';
import type { MoveView } from './internal/home-move.js';
import { HomeSignatures } from './internal/home-signatures.js';
import { HomesStore } from './internal/homes-store.js';
import { HomesTable } from './internal/homes-table.js';
import { moveView, RegionHomes } from './internal/region-homes.js';
import { RegionHandlers, type HomeTable, type RecordOutcome } from './region-handlers.js';

const READ_EVERY_MS = 250;
/** A home is new for this long after a move: its claims are verified at the platform. */
const NEW_FOR_MS = 60_000;
/**
 * A process that starts while its region is cut off may not know of a move. The process claims
 * nothing for this long, so that the region can read the record of the move first.
 */
const SETTLES_WITHIN_MS = 10_000;

/** The region that answers requests about agents of a tenant. */
export type Place =
  | {
      readonly kind: 'here';
      /** The fences of claims are greater. */
      readonly fenceAbove: number;
      /** The region became the home a moment ago. */
      readonly isNew: boolean;
    }
  | { readonly kind: 'elsewhere'; readonly region: string; readonly peer: PeerConfig | undefined }
  | { readonly kind: 'nowhere' };

const HERE: Place = { kind: 'here', fenceAbove: 0, isNew: false };
const NOWHERE: Place = { kind: 'nowhere' };

/**
 * Knows which region hands out the agents of a tenant.
 *
 * Guarantees:
 * - A process that has not read the region's table claims nothing.
 * - If another region announces a table that this region never had, claims of the tenants that may
 *   be affected stop. Every process stops within 250 ms after the heartbeat was applied.
 * - The former home of a tenant says that it has stopped only after its store refuses claims.
 * - If Redis has lost the table, the processes that know it write it again.
 * - A record that no region has signed moves no home.
 *
 * Does not guarantee: one home per tenant while two regions have different configurations and
 * neither has heard the other's heartbeat.
 *
 * With a single region every tenant is at home here.
 */
@Injectable()
export class Homes implements HomeTable, OnModuleInit, OnModuleDestroy {
  gate: ClaimGate | undefined;
  private readonly table: HomesTable;
  /** `undefined` with a single region. */
  private readonly homes: RegionHomes | undefined;
  private readonly startedMs: number;
  private readonly announcer: HomeAnnouncer | undefined;
  private readonly signatures: HomeSignatures;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(REGIONS_CONFIG) private readonly config: RegionsConfig | undefined,
    @Inject(REGION) readonly region: string,
    { connection }: Redis,
    private readonly clock: Clock,
    private readonly hearing: Hearing,
    @Optional() @Inject(EventLog) log: EventLog | undefined,
    @Inject(LOGGER) logger: Pick<Logger, 'info' | 'warn'>,
    handlers: RegionHandlers,
    health: HealthContributors,
    hmac: Hmac,
  ) {
    this.signatures = new HomeSignatures(hmac);
    this.startedMs = clock.nowMs();
    this.table = new HomesTable(config ?? { home: region, homes: new Map() });
    if (config === undefined || connection === undefined) return;
    const homes = new RegionHomes(this.table, new HomesStore(connection, region));
    this.homes = homes;
    this.announcer = new HomeAnnouncer({ region, homes, log, clock, logger, signatures: this.signatures });
    handlers.homes = this;
    health.add(() => {
      const { disagreeing } = homes;
      return { name: 'homes', healthy: disagreeing.length === 0, details: { disagreeing } };
    });
  }

  onModuleInit(): void {
    if (this.homes === undefined) return;
    this.timer = setInterval(() => void this.watch(), READ_EVERY_MS).unref();
    void this.watch();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** The region that claims agents of the tenant. */
  claimPlace(tenant: string): Place {
    if (this.homes === undefined) return HERE;
    const { home } = this.table.homeOf(tenant);
    if (home === null || !this.isSettled || this.homes.isDisputed(tenant)) return NOWHERE;
    return this.placeIn(home, tenant, this.homes);
  }

  /**
   * The region that has the locks and the queues of the tenant. During a move, this is the former
   * home.
   */
  lockPlace(tenant: string): Place {
    if (this.homes === undefined) return HERE;
    const { home, former } = this.table.homeOf(tenant);
    const region = home ?? former;
    return region === undefined || !this.homes.isLoaded ? NOWHERE : this.placeIn(region, tenant, this.homes);
  }

  /** Whether this region is the home of the tenant, or, during a move, was the last home. */
  isHome(tenant: string): boolean {
    return this.lockPlace(tenant).kind === 'here';
  }

  fingerprint(): string {
    return this.table.fingerprint;
  }

  async heard(region: string, fingerprint: string): Promise<void> {
    await this.homes?.hear(region, fingerprint);
    const difference = this.table.difference(fingerprint);
    if (difference === 'all' || difference.size > 0) await this.announcer?.announce(difference).catch(() => undefined);
  }

  async apply(record: SignedHomeRecord): Promise<RecordOutcome> {
    const { homes, table } = this;
    if (homes === undefined) return 'ignored';
    if (!this.signatures.isSigned(record)) return 'malformed';
    if (record.type === 'tenant.home-released') {
      await homes.release(record);
      return 'applied';
    }
    await homes.refresh();
    const moved = table.next(record);
    if (moved === undefined) return record.epoch > table.homeOf(record.tenant).epoch ? 'ignored' : 'duplicate';
    // Claims begin only after the record was applied. The former home reports that it has stopped
    // only after its claims have stopped.
    if (moved.home === this.region) await this.gate?.open(moved.tenant);
    await homes.write(moved);
    void this.stopFormer();
    return 'applied';
  }

  /** The knowledge of this region about a move of the tenant's home. */
  async view(tenant: string, silentAfterMs: number): Promise<MoveView> {
    const { homes, region } = this;
    if (homes === undefined) throw new TypeError('a single region has no homes to move');
    await homes.refresh();
    return moveView(homes, tenant, { region, peers: this.config?.peers ?? new Map(), silentAfterMs });
  }

  private get isSettled(): boolean {
    if (this.homes?.isLoaded !== true) return false;
    const isYoung = this.clock.nowMs() - this.startedMs < SETTLES_WITHIN_MS;
    return !isYoung || this.hearing.ageMs() <= (this.config?.silentAfterMs ?? Infinity);
  }

  private placeIn(region: string, tenant: string, homes: RegionHomes): Place {
    if (region !== this.region) return { kind: 'elsewhere', region, peer: this.config?.peers.get(region) };
    const { fenceAbove, epoch } = this.table.homeOf(tenant);
    if (epoch === 0) return HERE;
    return { kind: 'here', fenceAbove, isNew: homes.nowMs - homes.sinceMs(tenant) < NEW_FOR_MS };
  }

  private async watch(): Promise<void> {
    const { homes } = this;
    if (homes === undefined) return;
    // While Redis does not answer, there are no claims, and the next reading catches up.
    await homes.refresh().catch(() => undefined);
    this.announcer?.report();
    await this.stopFormer();
  }

  /** After a failure, the next round tries again. */
  private async stopFormer(): Promise<void> {
    if (this.gate !== undefined) await this.announcer?.stopFormer(this.gate).catch(() => undefined);
  }
}
