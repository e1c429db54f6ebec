import type { KafkaConfig } from './kafka.js';

/** `RegionsConfig | undefined`. `undefined` means a single region, without Kafka. */
export const REGIONS_CONFIG = Symbol('regions config');

/** Another region. Requests about agents of the tenants at home there are forwarded to it. */
export interface PeerConfig {
  /** The address of the region. Production requires https:// for another machine. */
  readonly url: string;
  /** The key of a caller with the scope `agents`, which the other region declares for this one. */
  readonly apiKey: string;
}

/** How this region works with others. */
export interface RegionsConfig {
  readonly kafka: KafkaConfig;
  /**
   * How often the region writes a heartbeat to every partition, in milliseconds, 100 to 10,000.
   * Default 1,000.
   */
  readonly heartbeatMs: number;
  /**
   * A region that was not heard for this time is silent: agents that it reported last are stale in
   * the other regions. In milliseconds, 3 heartbeats to 600,000. Default 30,000.
   */
  readonly silentAfterMs: number;
  /**
   * The longest time after an invalidation in another region for which a read may still get the
   * invalidated value. In milliseconds, 3 heartbeats to 3,600,000. Default 10,000.
   */
  readonly invalidatedWithinMs: number;
  /**
   * The home of the tenants that name none, the same in all regions. Required with `peers`.
   * Without peers the default is this region.
   */
  readonly home: string;
  /** The other regions, by name. */
  readonly peers: ReadonlyMap<string, PeerConfig>;
  /** The tenants that name their home. */
  readonly homes: ReadonlyMap<string, string>;
}
