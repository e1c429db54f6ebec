import type { InvalidationRequest } from '../../../src/cache/invalidator.js';
import type { RegionsConfig } from '../../../src/config/sections/regions.js';
import { SystemClock, SystemWallClock } from '../../../src/kernel/clock.js';
import { StoreUnavailable } from '../../../src/kernel/errors.js';
import { Hmac } from '../../../src/kernel/hmac.js';
import { BusMetrics } from '../../../src/messaging/bus.metrics.js';
import { Hearing } from '../../../src/messaging/hearing.js';
import { MemoryEventLog } from '../../../src/messaging/log/memory-event-log.js';
import type { MemoryLog } from '../../../src/messaging/log/memory-log.js';
import { MetricsRegistry } from '../../../src/platform/metrics/metrics-registry.js';
import type { Redis } from '../../../src/platform/redis/redis.js';
import { hearingParts, type HearingParts } from '../../../src/regions/internal/hearing-parts.js';
import { RegionHandlers } from '../../../src/regions/region-handlers.js';
import { RegionsMetrics } from '../../../src/regions/regions.metrics.js';
import { createRedis } from '../../support/create-redis.js';

const HEARTBEAT_MS = 100;
const T_MS = 1500;

export interface HearingRegionOptions {
  readonly log: MemoryLog;
  readonly region: string;
  readonly redisUrl: string;
  readonly peers?: readonly string[];
  readonly keySecret?: string;
}

/** A process of a region that hears others: all parts of hearing on a real Redis. */
export class HearingRegion {
  readonly applied: InvalidationRequest[] = [];
  readonly lines: { readonly level: string; readonly fields: unknown; readonly text: string | undefined }[] = [];
  readonly hearing = new Hearing(new SystemClock());
  readonly eventLog: MemoryEventLog;
  readonly parts: HearingParts;
  /** The store refuses invalidations while this is true. */
  isStoreAway = false;
  private readonly redis: Redis;
  private readonly registry = new MetricsRegistry();

  constructor({ log, region, redisUrl, peers = [], keySecret = 'secret' }: HearingRegionOptions) {
    this.redis = createRedis([redisUrl], { timeoutMs: 1000 });
    this.eventLog = new MemoryEventLog(log, region);
    this.parts = hearingParts({
      region,
      config: configOf(region, peers),
      eventLog: this.eventLog,
      redis: this.redis,
      hearing: this.hearing,
      invalidator: { invalidate: (request) => this.invalidate(request) },
      audit: { hasLoadedBetween: () => Promise.resolve(false) },
      handlers: new RegionHandlers(),
      hmac: new Hmac(keySecret),
      clock: new SystemClock(),
      wallClock: new SystemWallClock(),
      busMetrics: new BusMetrics(this.registry),
      metrics: new RegionsMetrics(this.registry),
      log: { info: this.logs('info'), warn: this.logs('warn'), error: this.logs('error') },
    });
  }

  static async open(options: HearingRegionOptions): Promise<HearingRegion> {
    const region = new HearingRegion(options);
    await region.redis.connected();
    region.parts.open();
    return region;
  }

  /** The marks of the invalidations that were applied, in their order. */
  get marks(): (string | undefined)[] {
    return this.applied.map(({ eventHash }) => eventHash);
  }

  get isBlind(): boolean {
    return this.parts.view()?.isBlind ?? true;
  }

  metrics(): Promise<string> {
    return this.registry.text();
  }

  async close(): Promise<void> {
    await this.parts.close();
    await this.eventLog.close();
    this.redis.close();
  }

  private invalidate(request: InvalidationRequest): Promise<{ invalidated: number; duplicate: boolean }> {
    if (this.isStoreAway) return Promise.reject(new StoreUnavailable('away'));
    this.applied.push(request);
    return Promise.resolve({ invalidated: 1, duplicate: false });
  }

  private logs(level: string) {
    return (fields: unknown, text?: string): void => {
      this.lines.push(typeof fields === 'string' ? { level, fields: {}, text: fields } : { level, fields, text });
    };
  }
}

function configOf(region: string, peers: readonly string[]): RegionsConfig {
  const peer = { url: 'https://peer.test', apiKey: 'key' };
  return {
    kafka: { brokers: [], profile: 'kafka' } as unknown as RegionsConfig['kafka'],
    heartbeatMs: HEARTBEAT_MS,
    silentAfterMs: 1500,
    invalidatedWithinMs: T_MS,
    home: region,
    peers: new Map(peers.map((name) => [name, peer])),
    homes: new Map(),
  };
}
