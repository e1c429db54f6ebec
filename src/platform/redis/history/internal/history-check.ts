import calculateSlot from 'cluster-key-slot';
import { randomUUID } from 'node:crypto';
import { redisScript, type RedisScript } from '../../redis-script.js';
import type { CommandGate } from './command-gate.js';
import { parseHistoryRecord, type HistoryRecord } from './history-record.js';
import { ignoreRefusal, type CallScript, type MarkerWriter } from './marker-writer.js';
import { ownSlots, recordKeyIn, STANDALONE_RECORD } from './record-key.js';
import type { ShardHistory } from './shard-history.js';

const READ = redisScript('readHistory', 1, new URL('../scripts/read-history.lua', import.meta.url));

/** How often a process asks whether the other processes have answered, in milliseconds. */
const ASK_PEERS_EVERY_MS = 100;
/** The history id of a record that may not be read. No server has this id. */
const NO_RECORD = '-';

export interface HistoryCheckOptions {
  readonly markers: MarkerWriter;
  /** The histories of the nodes, by the key of their record. */
  readonly shards: ReadonlyMap<string, ShardHistory>;
  readonly shard: (key: string) => ShardHistory;
  readonly isCluster: () => boolean;
  /** Sends a script with the bound of a command, after the check. */
  readonly call: CallScript;
  /** Called when a history has changed. */
  readonly onChange: () => void;
}

/** Checks the server behind a new connection, and decides whether its data is used. */
export class HistoryCheck {
  constructor(private readonly options: HistoryCheckOptions) {}

  /** The scripts that `call` must know. */
  static readonly SCRIPTS: readonly RedisScript[] = [READ];

  /**
   * @returns `once` for a replica of a cluster: the replica redirects commands, and is checked
   * again before the next command
   */
  async run(gate: CommandGate): Promise<'open' | 'once'> {
    const { isCluster, shard } = this.options;
    const [server, replication] = await Promise.all([infoOf(gate, 'server'), infoOf(gate, 'replication')]);
    const isReplica = isReplicaIn(replication);
    if (isCluster() && isReplica) return 'once';
    // A user that may not run INFO sees a new history at every connection.
    const historyId = `${field(server, 'run_id') || randomUUID()}:${field(replication, 'master_replid')}`;
    const shards = isCluster() ? await this.shardsOn(gate) : [shard(STANDALONE_RECORD)];
    for (const each of shards) each.isReadOnly = isReplica;
    await Promise.all(shards.map((each) => this.check(gate, each, historyId)));
    return 'open';
  }

  /** Called when a marker shows that a node has lost data although the connection stayed open. */
  async lost(shard: ShardHistory, nowMs: number): Promise<void> {
    const lostMs = shard.lossTime(nowMs);
    shard.intactMs = 0;
    shard.settle(shard.checkedId, { lostMs, floorMs: lostMs });
    this.options.onChange();
    await this.options.markers.markVerdict(shard, 'lost', lostMs, this.options.call);
  }

  /**
   * Returns the records on a node of a cluster: the common record, and the records that moved to
   * this node.
   */
  private async shardsOn(gate: CommandGate): Promise<readonly ShardHistory[]> {
    const { shards, shard } = this.options;
    const slots = ownSlots(String(await gate.pass((node) => node.call('CLUSTER', 'NODES'))));
    const key = recordKeyIn(slots);
    const common = key === undefined ? [] : [shard(key)];
    const known = [...shards.values()].filter((each) => slots.has(calculateSlot(each.key)));
    return [...new Set([...common, ...known])];
  }

  private async check(gate: CommandGate, shard: ShardHistory, historyId: string): Promise<void> {
    if (shard.isKnown(historyId)) return;
    const record = await readRecord(gate, shard);
    await this.decide(shard, record, historyId, (script, keys, args) =>
      gate.pass((node) => node.call('EVAL', script.lua, keys.length, ...keys, ...args)),
    );
  }

  private async decide(shard: ShardHistory, record: HistoryRecord, historyId: string, call: CallScript): Promise<void> {
    const { markers, onChange } = this.options;
    const verdict = shard.judge(record, historyId);
    const lostMs = verdict === 'lost' ? shard.lossTime(record.nowMs) : '';
    if (verdict === 'doubtful') shard.beginDoubt(historyId, record.nowMs);
    else shard.settle(historyId, lostMs === '' ? record : { lostMs, floorMs: lostMs });
    shard.sawServerTime(record.nowMs);
    onChange();
    if (!shard.isReadOnly) await markers.markVerdict(shard, verdict, lostMs, call);
    onChange();
    if (verdict === 'doubtful') this.askLater(shard, historyId);
  }

  private askLater(shard: ShardHistory, historyId: string): void {
    setTimeout(() => void this.askAgain(shard, historyId), ASK_PEERS_EVERY_MS).unref();
  }

  /** Checks again whether the other processes have confirmed the history, until the doubt ends. */
  private async askAgain(shard: ShardHistory, historyId: string): Promise<void> {
    if (shard.doubtfulId !== historyId) return;
    const { call } = this.options;
    try {
      await this.decide(shard, parseHistoryRecord(await call(READ, [shard.key], [])), historyId, call);
    } catch {
      this.askLater(shard, historyId);
    }
  }
}

/** If the Redis user may not read the record, every change of the server counts as a loss. */
async function readRecord(gate: CommandGate, shard: ShardHistory): Promise<HistoryRecord> {
  try {
    return parseHistoryRecord(await gate.pass((node) => node.call('EVAL', READ.lua, 1, shard.key)));
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('NOPERM')) throw error;
    const [seconds] = await gate.pass((node) => node.time());
    return { nowMs: (Number(seconds) + 1) * 1000, agreedId: NO_RECORD, lostMs: 0, floorMs: 0, markers: new Map() };
  }
}

/** If the Redis user may not run INFO, the result is an empty text. */
export async function infoOf(gate: CommandGate, section: string): Promise<string> {
  const info = await gate.pass((node) => node.info(section)).catch(ignoreRefusal);
  return info ?? '';
}

/** @param replication the section `replication` of INFO */
export function isReplicaIn(replication: string): boolean {
  return field(replication, 'role') === 'slave';
}

function field(info: string, name: string): string {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
}
