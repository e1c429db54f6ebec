import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis as RedisClient } from 'ioredis';
import type { Logger } from 'pino';
import { type RedisConfig, REDIS_CONFIG } from '../../config/sections/redis.js';
import { REGIONS_CONFIG, type RegionsConfig } from '../../config/sections/regions.js';
import { Clock } from '../../kernel/clock.js';
import { LOGGER } from '../logging/logger.token.js';
import { CacheErrorMetrics } from '../metrics/cache-error.metrics.js';
import { logLibraryLines } from './library-console.js';
import type { NodeHealth } from './node-health.js';
import type { DataLoss } from './history/data-loss.js';
import { ReconnectDelay } from './reconnect-delay.js';
import {
  addressesOf,
  createClusterClient,
  createRedisClient,
  createSingleConnection,
  createSubscriber,
} from './redis-client.js';
import { RedisConnection } from './redis-connection.js';
import type { RedisFault } from './redis-fault.js';
import { CHANNEL_PATTERN, missingPermissions } from './redis-permissions.js';
import { RedisWatch } from './redis-watch.js';
import { StoreStatusLog, type StoreStatus } from './store-status.js';
import { PROBE_KEY } from './write-check.js';

/** A missing permission is tried again this often, in milliseconds. */
const TRY_PERMISSIONS_EVERY_MS = 10_000;
const NOTHING_MISSING: readonly string[] = [];
const LOST_DATA =
  'Redis has lost data, or may have: entries of before are loaded again, and claims are refused for 10 s';
/** Until a cause is known. */
const UNKNOWN: RedisFault = { reason: 'not connected yet', code: 'CONNECTING' };

const RETRY_AFTER_MS = 50;
const NODES_CONNECT_WITHIN_MS = 1000;

/** The region's Redis, if one is configured. */
@Injectable()
export class Redis implements OnModuleDestroy {
  /** `undefined` means that entries live in this process. */
  readonly connection: RedisConnection | undefined;
  private readonly watch: RedisWatch | undefined;
  private readonly statusLog: StoreStatusLog;
  private readonly stopLibraryLines: () => void;
  /** Spreads the subscribers of many processes over the nodes. */
  private readonly firstAddress = randomInt(1000);
  private readonly reconnects = new ReconnectDelay(() => this.connection?.link.dialFault);
  private missing = NOTHING_MISSING;
  private triedAtMs = -Infinity;
  private closed = false;
  private readonly lossListeners: ((loss: DataLoss) => void)[] = [];

  constructor(
    @Inject(REDIS_CONFIG) private readonly config: RedisConfig | undefined,
    private readonly clock: Clock,
    metrics: CacheErrorMetrics,
    @Inject(LOGGER) private readonly log: Pick<Logger, 'info' | 'warn'>,
    @Inject(REGIONS_CONFIG) private readonly regions?: RegionsConfig,
  ) {
    this.statusLog = new StoreStatusLog(log, clock);
    this.stopLibraryLines = config === undefined ? () => undefined : logLibraryLines(log);
    if (config === undefined) return;
    this.connection = this.connect(config, metrics);
    this.watch = this.watchOf(config, this.connection);
    this.watch.open();
    this.connection.history.open();
  }

  /** `undefined` if no Redis is configured. */
  get status(): StoreStatus | undefined {
    const { connection } = this;
    if (connection === undefined) return undefined;
    const nodes = connection.link.nodes();
    const failing = nodes.filter(([, health]) => !health.isUp);
    const channel = connection.link.channelFault === undefined ? [] : [`&${CHANNEL_PATTERN}`];
    return {
      unavailable: causeOf(failing, (health) => health.fault ?? UNKNOWN),
      writes: causeOf(nodes, ({ writeFault }) => writeFault),
      missing: [...this.missing, ...channel],
      nodes: nodes.length,
      failing: failing.length,
    };
  }

  /**
   * The listener runs when the server has lost data, or may have. The listener also runs at the
   * start of the process, for a loss from before the start.
   */
  onLostData(listener: (loss: DataLoss) => void): void {
    this.lossListeners.push(listener);
  }

  /**
   * Creates a connection for messages only, which does not reconnect automatically.
   *
   * @param attempt counts up; each attempt takes the next address. The addresses are the present
   *   nodes of the cluster, and the URLs.
   */
  createSubscriber(attempt: number): RedisClient {
    if (this.config === undefined || this.connection === undefined) throw new TypeError('no Redis is configured');
    const addresses = [...this.connection.link.healthyNodes(), ...addressesOf(this.config)];
    return createSubscriber(this.config, addresses[(this.firstAddress + attempt) % addresses.length] ?? '');
  }

  /**
   * Resolves when the server has answered, and the other masters of a cluster had a second to
   * connect. Tries until then, or until it is closed.
   */
  async connected(): Promise<void> {
    const { connection } = this;
    if (connection === undefined) return;
    while (!this.closed && !(await answers(connection))) await delay(RETRY_AFTER_MS);
    for (
      let waitedMs = 0;
      waitedMs < NODES_CONNECT_WITHIN_MS && connection.link.isConnecting;
      waitedMs += RETRY_AFTER_MS
    )
      await delay(RETRY_AFTER_MS);
  }

  onModuleDestroy(): void {
    this.close();
  }

  close(): void {
    this.closed = true;
    this.watch?.close();
    this.connection?.history.close();
    this.stopLibraryLines();
  }

  private connect(config: RedisConfig, metrics: CacheErrorMetrics): RedisConnection {
    const { timeoutMs, waitReplicas = 0 } = config;
    const client = createRedisClient(config, this.reconnects);
    return new RedisConnection({
      client,
      clock: this.clock,
      timeoutMs,
      onError: (kind) => metrics.cacheError('redis', kind),
      onLoss: (loss) => {
        metrics.cacheError('redis', 'lost_data');
        this.log.warn(LOST_DATA);
        for (const listener of this.lossListeners) listener(loss);
      },
      waitReplicas,
    });
  }

  private watchOf(config: RedisConfig, connection: RedisConnection): RedisWatch {
    return new RedisWatch(connection, {
      clock: this.clock,
      timeoutMs: config.timeoutMs,
      createClusterClient: () => createClusterClient(config, this.reconnects),
      createSingleConnection: () => createSingleConnection(config),
      onCluster: () => this.log.info('Redis is a cluster: all of its nodes are used'),
      onAdmitted: () => {
        this.reconnects.reset();
        void this.tryPermissions(connection);
      },
      onRound: () => this.roundEnded(connection),
    });
  }

  private roundEnded(connection: RedisConnection): void {
    const { status } = this;
    if (status !== undefined) this.statusLog.note(status);
    const isRefused = this.missing.length > 0 || connection.link.nodes().some(([, health]) => health.permissionRefused);
    const isDue = this.clock.nowMs() - this.triedAtMs >= TRY_PERMISSIONS_EVERY_MS;
    if (isRefused && isDue && connection.isOpen) void this.tryPermissions(connection);
  }

  private async tryPermissions(connection: RedisConnection): Promise<void> {
    this.triedAtMs = this.clock.nowMs();
    this.missing = await missingPermissions(connection, this.regions !== undefined);
    for (const [, health] of connection.link.nodes()) health.permissionRefused = false;
  }
}

function causeOf(
  nodes: readonly [name: string, health: NodeHealth][],
  fault: (health: NodeHealth) => RedisFault | undefined,
): StoreStatus['unavailable'] {
  for (const [node, health] of nodes) {
    const cause = fault(health);
    if (cause !== undefined) return { ...cause, node };
  }
  return undefined;
}

async function answers(connection: RedisConnection): Promise<boolean> {
  if (!connection.isOpen) return false;
  try {
    await connection.run((client) => client.exists(PROBE_KEY), PROBE_KEY);
    return true;
  } catch {
    return false;
  }
}
