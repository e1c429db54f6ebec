import { randomUUID } from 'node:crypto';
import type { LogPartition } from '../../messaging/log/event-log.js';
import type { DataLoss } from '../../platform/redis/history/data-loss.js';
import type { RedisConnection } from '../../platform/redis/redis-connection.js';
import { redisScript } from '../../platform/redis/redis-script.js';
import { dueField, MAX_REGIONS, MOST_LOST_MS, ownField, type HeardNote } from './heard-note.js';
import { HeardStore, type StoreMoment } from './heard-store.js';
import { HeardTable } from './heard-table.js';

const script = (name: string, keys: number, file: string) =>
  redisScript(name, keys, new URL(`../scripts/${file}.lua`, import.meta.url));
const BEGIN_HEARTBEAT = script('beginHeartbeat', 1, 'begin-heartbeat');
const DECLARE_PARTITIONS = script('declarePartitions', 1, 'declare-partitions');
const NOTE_HEARD = script('noteHeard', 2, 'note-heard');
const RAISE_FLOOR = script('raiseHeardFloor', 1, 'raise-floor');
const NOTE_LOSS = script('noteStoreLoss', 1, 'note-loss');
const REWOUND = script('notePartitionsRewound', 1, 'note-rewound');
const READ_HEARD = script('readHeard', 2, 'read-heard');

const SCRIPTS = [BEGIN_HEARTBEAT, DECLARE_PARTITIONS, NOTE_HEARD, RAISE_FLOOR, NOTE_LOSS, REWOUND, READ_HEARD];

/** Both keys live this long after the last heartbeat, in milliseconds: 30 days. */
const TTL_MS = 30 * 86_400_000;
/**
 * A region that was not heard for this long is forgotten, in milliseconds: 8 days. By then, all its
 * agents are deleted: an agent without a report is deleted after a week.
 */
const FORGET_REGION_AFTER_MS = 8 * 86_400_000;
/** The clocks of the nodes of a cluster may differ by this much, in milliseconds. */
const CLUSTER_SKEW_MS = 500;

/** How far the region has heard, in one hash of the region's Redis. A script makes each change. */
export class RedisHeardStore extends HeardStore {
  private readonly heard: string;
  private readonly identity: string;

  constructor(
    private readonly connection: RedisConnection,
    region: string,
  ) {
    super();
    this.heard = `heard:{${region}}`;
    this.identity = `region-store:{${region}}`;
    for (const each of SCRIPTS) connection.define(each);
  }

  get skewMs(): number {
    return this.connection.isCluster ? CLUSTER_SKEW_MS : 0;
  }

  async beginHeartbeat(): Promise<StoreMoment> {
    const reply = await this.connection.call(BEGIN_HEARTBEAT, [this.identity], [randomUUID(), TTL_MS]);
    const [nowMs, store] = reply as [number, string];
    return { nowMs, store };
  }

  async declare(partitions: readonly LogPartition[], ackedMs: number): Promise<void> {
    const args = [TTL_MS, ackedMs, FORGET_REGION_AFTER_MS, ...partitions.map(ownField)];
    await this.connection.call(DECLARE_PARTITIONS, [this.heard], args);
  }

  async note({ at, ownMs, store, afterGap, doubt, signs }: HeardNote): Promise<void> {
    const regions = signs.flatMap((sign) => [
      sign.region,
      sign.writtenAfterMs,
      `${sign.store} ${sign.key} ${sign.homes}`,
    ]);
    const args = [ownField(at), ownMs ?? '', store, afterGap ? '1' : '', doubt ?? '', MAX_REGIONS, ...regions];
    await this.connection.call(NOTE_HEARD, [this.heard, this.identity], args);
  }

  async raiseFloor(): Promise<void> {
    await this.connection.call(RAISE_FLOOR, [this.heard], [TTL_MS]);
  }

  async noteLoss(own: readonly LogPartition[], { lostMs, intactMs }: DataLoss): Promise<number> {
    const args = [TTL_MS, lostMs === Infinity ? '' : lostMs, intactMs, MOST_LOST_MS, ...own.map(dueField)];
    return (await this.connection.call(NOTE_LOSS, [this.heard], args)) as number;
  }

  async rewound(partitions: readonly LogPartition[], lostMs: number): Promise<void> {
    await this.connection.call(REWOUND, [this.heard], [lostMs, ...partitions.map(dueField)]);
  }

  async read(): Promise<StoreMoment & { readonly table: HeardTable }> {
    const reply = await this.connection.call(READ_HEARD, [this.heard, this.identity], []);
    const [nowMs, store, flat] = reply as [number, string, readonly string[]];
    const fields = Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at], flat[2 * at + 1]] as const);
    return { nowMs, store, table: new HeardTable(fields as readonly (readonly [string, string])[]) };
  }
}
