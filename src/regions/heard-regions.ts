import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import { EntryAudit } from '../cache/entry-audit.js';
import { Invalidator } from '../cache/invalidator.js';
import { REGIONS_CONFIG, type RegionsConfig } from '../config/sections/regions.js';
import { REGION } from '../config/sections/server.js';
import { Clock, WallClock } from '../kernel/clock.js';
import { Hmac } from '../kernel/hmac.js';
import { BusMetrics } from '../messaging/bus.metrics.js';
import { Hearing } from '../messaging/hearing.js';
import { EventLog } from '../messaging/log/event-log.js';
import { HealthContributors } from '../platform/lifecycle/health-contributors.js';
import { LOGGER } from '../platform/logging/logger.token.js';
import { Redis } from '../platform/redis/redis.js';
import { hearingParts, type HearingParts } from './internal/hearing-parts.js';
import type { HeardRegion } from './internal/heard-view.js';
import { RegionHandlers } from './region-handlers.js';
import { RegionsMetrics } from './regions.metrics.js';

/**
 * Reads the log and writes heartbeats, so that this region hears the others. With a single region,
 * this class does nothing.
 *
 * Guarantees: the process starts and serves whether or not the log can be reached.
 */
@Injectable()
export class HeardRegions implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly parts: HearingParts | undefined;

  constructor(
    @Inject(REGION) region: string,
    @Inject(REGIONS_CONFIG) config: RegionsConfig | undefined,
    @Inject(EventLog) eventLog: EventLog | undefined,
    redis: Redis,
    hearing: Hearing,
    invalidator: Invalidator,
    audit: EntryAudit,
    handlers: RegionHandlers,
    hmac: Hmac,
    clock: Clock,
    wallClock: WallClock,
    busMetrics: BusMetrics,
    metrics: RegionsMetrics,
    health: HealthContributors,
    @Inject(LOGGER) log: Logger,
  ) {
    if (config === undefined || eventLog === undefined) return;
    const services = { redis, hearing, invalidator, audit, handlers, hmac, clock, wallClock, busMetrics, metrics, log };
    this.parts = hearingParts({ region, config, eventLog, ...services });
    health.add(this.parts.health);
  }

  /** The other regions, as last read. Empty before the first reading, and with a single region. */
  get regions(): readonly HeardRegion[] {
    return this.parts?.view()?.regions ?? [];
  }

  onApplicationBootstrap(): void {
    this.parts?.open();
  }

  async onModuleDestroy(): Promise<void> {
    await this.parts?.close();
  }
}
