import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { REGIONS_CONFIG, type RegionsConfig } from '../config/sections/regions.js';
import { REGION } from '../config/sections/server.js';
import { LOGGER } from '../platform/logging/logger.token.js';
import { HeardRegions } from './heard-regions.js';

/**
 * Decides which region counts as the one that reported an agent. A sender may name a region that
 * does not exist. Such a region sends no heartbeat, so its agents would never be stale.
 *
 * A region is known if it is this one, is among `regions.peers`, or was heard in the last 8 days.
 * With a single region, every name counts.
 */
@Injectable()
export class ReportingRegions {
  private hasLogged = false;

  constructor(
    @Inject(REGION) private readonly region: string,
    @Inject(REGIONS_CONFIG) private readonly config: RegionsConfig | undefined,
    @Inject(HeardRegions) private readonly heard: Pick<HeardRegions, 'regions'>,
    @Inject(LOGGER) private readonly log: Pick<Logger, 'warn'>,
  ) {}

  /** For an event that this region received: an unknown name counts as this region. */
  ofEvent(name: string): string {
    return this.isKnown(name) ? name : this.replaced(this.region);
  }

  /**
   * For a record of another program: an unknown name counts as the home of the tenant by the
   * configuration. All regions read the record, and must store the same.
   */
  ofRecord(name: string, tenant: string): string {
    if (this.config === undefined || this.isKnown(name)) return name;
    return this.replaced(this.config.homes.get(tenant) ?? this.config.home);
  }

  private isKnown(name: string): boolean {
    const { config, region, heard } = this;
    if (config === undefined || name === region || config.peers.has(name)) return true;
    return heard.regions.some((other) => other.name === name);
  }

  /** The name is the sender's text, so the line does not show it. */
  private replaced(region: string): string {
    if (!this.hasLogged) this.log.warn(UNKNOWN);
    this.hasLogged = true;
    return region;
  }
}

const UNKNOWN =
  'an event about an agent names an unknown region_source: correct the sender; ' +
  'the region that received the event, or the home of the tenant, counts instead';
