import type { Redis } from 'ioredis';
import type { Clock } from '../../kernel/clock.js';
import { withTimeout } from '../../kernel/deadline.js';
import type { NodeHealth } from './node-health.js';
import type { RedisConnection } from './redis-connection.js';

const CHECK_EVERY_MS = 5000;
const CHECK_WHILE_REFUSED_MS = 1000;
const LOOK_ELSEWHERE_EVERY_MS = 1000;
/** The key of a standalone server that the check writes. */
export const PROBE_KEY = 'datadip-probe:{0}';
const PROBE_TTL_MS = 10_000;

export interface WriteCheckOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Opens one more connection to the standalone server. */
  readonly createSingleConnection: () => Redis;
}

/**
 * Finds out by a write whether each Redis node takes writes. A server that refuses writes answers
 * PING and reads as always.
 *
 * Connections to such a server stay, because other callers read through them. If the server is
 * read-only, another connection looks for the new primary.
 */
export class WriteCheck {
  private isLooking = false;
  private checkDueMs = 0;
  private lookDueMs = 0;

  constructor(
    private readonly connection: RedisConnection,
    private readonly options: WriteCheckOptions,
  ) {}

  /** The next run checks, whenever the last check was. */
  checkNow(): void {
    this.checkDueMs = 0;
  }

  async run(): Promise<void> {
    const { link } = this.connection;
    const nowMs = this.options.clock.nowMs();
    if (!link.isAdmitted || nowMs < this.checkDueMs) return;
    const nodes = link.nodes();
    await Promise.all(nodes.map(([name, health]) => this.check(name, health)));
    const isRefused = nodes.some(([, { writeFault }]) => writeFault !== undefined);
    this.checkDueMs = nowMs + (isRefused ? CHECK_WHILE_REFUSED_MS : CHECK_EVERY_MS);
    const isReadOnly = link.cluster === undefined && link.healthOf('').writeFault?.code === 'READONLY';
    if (!isReadOnly || nowMs < this.lookDueMs) return;
    this.lookDueMs = nowMs + LOOK_ELSEWHERE_EVERY_MS;
    void this.lookElsewhere();
  }

  private async check(name: string, health: NodeHealth): Promise<void> {
    const { cluster } = this.connection.link;
    const key = cluster === undefined ? PROBE_KEY : cluster.keyOn(name);
    if (key === undefined) return;
    // A refusal is noted by the connection.
    const accepted = await this.connection
      .run((client) => client.set(key, '1', 'PX', PROBE_TTL_MS), key)
      .catch(() => undefined);
    if (accepted !== undefined) health.writeFault = undefined;
  }

  /**
   * After a failover the address may lead to another server. The connection is given up only if a
   * new one finds a server that takes writes.
   */
  private async lookElsewhere(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    const { link } = this.connection;
    const { client } = link;
    const other = this.options.createSingleConnection();
    other.on('error', () => undefined);
    try {
      await other.connect();
      const reply = await withTimeout(other.set(PROBE_KEY, '1', 'PX', PROBE_TTL_MS), this.options.timeoutMs);
      if (reply === 'OK' && client === link.client && client.status === 'ready') client.disconnect(true);
    } catch {
      // The server is still read-only, or not reachable.
    } finally {
      other.disconnect();
      this.isLooking = false;
    }
  }
}
