import { tenantOfEntryKey } from '../../contracts/entry-key.js';
import { StoreUnavailable, type DegradedReason } from '../../kernel/errors.js';
import type { ValueCipher } from '../../kernel/value-cipher.js';
import type { Hearing } from '../../messaging/hearing.js';
import type { RedisEventBus } from '../../messaging/redis-event-bus.js';
import type { EventLoopMonitor } from '../../platform/lifecycle/event-loop-monitor.js';
import type { RedisConnection } from '../../platform/redis/redis-connection.js';
import { redisScript, type RedisScript } from '../../platform/redis/redis-script.js';
import type { EntryToIndex, IndexedEntry } from './customer-index.js';
import {
  EntryStore,
  LATE_STORE_GRACE_MS,
  type AnswerToWrite,
  type EntryRead,
  type IndexedWrite,
  type Lease,
  type ReadRequest,
  type StoredAnswer,
} from './entry-store.js';
import { MAX_LEASE_MS } from './lease-renewer.js';
import { ReadAlong } from './read-along.js';
import { ReadBatch, rejectReaders, resolveReaders, type BatchedRead } from './read-batch.js';
import {
  EPOCH,
  FOREIGN,
  forEachReply,
  parseLoadState,
  textsRead,
  TOO_OLD,
  withEpoch,
  withFit,
  type ReadReply,
} from './read-reply.js';
import { indexingArgs, indexingResult, indexKey, type IndexReply } from './redis-customer-index.js';
import { SealedAnswers } from './sealed-answers.js';

const fileOf = (name: string): URL => new URL(`../scripts/${name}.lua`, import.meta.url);
const READ_SCRIPT = fileOf('read-entries');
const READ_MANY = redisScript('readEntries', 'any', READ_SCRIPT);
/**
 * All keys of one command in a cluster must share a slot, and entries do not: a cluster is read one
 * entry at a time.
 */
const READ_ONE = redisScript('readEntry', 1, READ_SCRIPT);
const STORE_ENTRY = redisScript('storeEntry', 1, fileOf('store-entry'), fileOf('storing'));
const STORE_INDEXED = redisScript(
  'storeIndexedEntry',
  2,
  fileOf('store-indexed-entry'),
  ...['indexing', 'storing'].map(fileOf),
);
const END_LEASE = redisScript('endLease', 1, fileOf('end-lease'));
const DELETE_ENTRY = redisScript('deleteEntry', 1, fileOf('delete-entry'));
const RENEW_LEASE = redisScript('renewLease', 1, fileOf('renew-lease'));

/**
 * Redis answers no other client while it runs a script: 32 reads take it a third of a millisecond.
 * The limit is less than the reads of a busy tick: Redis works while the process handles the rest
 * of the tick (ADR 13).
 */
const MAX_READS_PER_COMMAND = 32;

/**
 * A lease is longer by this many times the delay of the event loop. The reply to a read may be as
 * late as the turn that sent the read. A renewal may be as late as the turn after the reply.
 */
const DELAYS_PER_LEASE = 3;

/** Stands for the version in a message. The script puts the version in its place. */
const VERSION_MARK = '<version>';

/**
 * Text that no lookup can read. This text replaces a value that this process cannot decrypt, so
 * that the value counts as corrupt.
 */
const UNREADABLE = '?';

/**
 * Stores entries in Redis: one hash per key, one round trip per method.
 *
 * If Redis has lost data, Redis may have lost invalidations. So values whose load began before the
 * loss are not served. The version of a load contains the epoch of the history. So a load that runs
 * during the loss is not stored, and later readers do not join the load.
 *
 * The file exceeds 220 lines because the layout of the replies and the methods that read them must
 * change together.
 */
export class RedisEntryStore extends EntryStore {
  readonly tier = 'redis';
  readonly settlesWithinMs: number;
  private readonly reads: ReadBatch;
  /** `undefined` means that values are stored as plain text. */
  private readonly sealed: SealedAnswers | undefined;

  constructor(
    private readonly connection: RedisConnection,
    private readonly bus: RedisEventBus,
    private readonly hearing: Hearing,
    private readonly eventLoop: Pick<EventLoopMonitor, 'presentMs'>,
    cipher?: ValueCipher,
  ) {
    super();
    const { history } = connection;
    this.sealed = cipher === undefined ? undefined : new SealedAnswers(cipher, (key) => history.serverNowMs(key));
    bus.subscribe('entry.deleted', ({ data }) => this.sealed?.deletedVersion(data.version ?? ''));
    this.settlesWithinMs = connection.settlesWithinMs;
    for (const script of [READ_ONE, READ_MANY, STORE_ENTRY, STORE_INDEXED, END_LEASE, DELETE_ENTRY, RENEW_LEASE])
      connection.define(script);
    // A single address may turn out to be a cluster after this store was created.
    this.reads = new ReadBatch(
      () => (connection.isCluster ? 1 : MAX_READS_PER_COMMAND),
      (reads) => this.send(connection.isCluster ? READ_ONE : READ_MANY, reads),
    );
  }

  read(key: string, request: ReadRequest): Promise<EntryRead> {
    return this.reads.read(key, request);
  }

  async write(lease: Lease, answer: AnswerToWrite): Promise<boolean> {
    if (this.hasLostDataSince(lease)) return (await this.release(lease)) && false;
    return (await this.connection.call(STORE_ENTRY, [lease.key], this.storingArgs(lease, answer))) === 1;
  }

  /**
   * In a cluster, the index and the entry are on different nodes. While a process of the earlier
   * version may run, the customer has two indexes.
   */
  override writeIndexed(
    lease: Lease,
    answer: AnswerToWrite,
    entry: EntryToIndex,
    displaced?: IndexedEntry,
  ): Promise<IndexedWrite> | undefined {
    if (this.connection.isCluster || this.bus.mayHaveOlderProcess() || this.hasLostDataSince(lease)) return undefined;
    return this.writeBoth(lease, answer, entry, displaced);
  }

  async fail({ key, token }: Lease, reason: DegradedReason, backoffMs: number): Promise<void> {
    await this.connection.call(END_LEASE, [key], [token, reason, backoffMs, ...this.loadFinished(key)]);
  }

  async release({ key, token }: Lease): Promise<boolean> {
    return (await this.connection.call(END_LEASE, [key], [token, '', 0, ...this.loadFinished(key)])) === 1;
  }

  async renew({ key, token }: Lease, leaseMs: number): Promise<boolean> {
    return (await this.connection.call(RENEW_LEASE, [key], [token, this.tolerant(leaseMs)])) === 1;
  }

  override sendNow(): void {
    this.connection.sendNow();
  }

  /**
   * The handlers in this process run before the caller continues, not only when the message comes
   * back from Redis.
   */
  async delete(key: string, withinMs?: number): Promise<boolean> {
    const event = this.bus.createEvent('entry.deleted', tenantOfEntryKey(key), { key, version: VERSION_MARK });
    const [before = '', after = ''] = this.bus.encode(event).split(VERSION_MARK);
    const args = [this.bus.channel, before, after];
    const reply =
      withinMs === undefined
        ? await this.connection.call(DELETE_ENTRY, [key], args)
        : await this.connection.callWithin(withinMs, DELETE_ENTRY, [key], args);
    const [held, version] = reply as readonly [0 | 1, string];
    this.bus.deliver({ ...event, data: { key, version } });
    return held === 1;
  }

  override secure(keys: readonly string[]): Promise<void> {
    return this.connection.history.secure(keys);
  }

  private async writeBoth(
    lease: Lease,
    answer: AnswerToWrite,
    entry: EntryToIndex,
    displaced: IndexedEntry | undefined,
  ): Promise<IndexedWrite> {
    const keys = [indexKey(entry.customer), lease.key];
    const args = [...indexingArgs(entry, displaced), ...this.storingArgs(lease, answer)];
    const reply = (await this.connection.call(STORE_INDEXED, keys, args)) as IndexReply;
    const result = indexingResult(reply);
    return result.kind === 'indexed' ? { ...result, isStored: reply[1] === 1 } : result;
  }

  /** The lease of a process that reads replies, and renews leases, late. */
  private tolerant(leaseMs: number): number {
    const extended = Math.ceil(leaseMs + DELAYS_PER_LEASE * this.eventLoop.presentMs());
    return Math.max(leaseMs, Math.min(extended, MAX_LEASE_MS));
  }

  /** The store may have lost the invalidation of a value whose load began before the loss. */
  private hasLostDataSince({ version }: Lease): boolean {
    const [, epoch = '0'] = version.split(EPOCH);
    return epoch !== String(this.connection.history.epoch);
  }

  private storingArgs(lease: Lease, answer: AnswerToWrite): (string | number)[] {
    const { format, freshMs, lifetimeMs } = answer;
    const [version = ''] = lease.version.split(EPOCH);
    const values = [version, lease.token, format, this.seal(lease, version, answer), freshMs, lifetimeMs];
    const beganMs = Math.max(lease.beganMs, this.connection.history.floorMs);
    return [...values, LATE_STORE_GRACE_MS, ...this.loadFinished(lease.key), beganMs];
  }

  private send(script: RedisScript, reads: readonly BatchedRead[]): void {
    const keys = reads.map(({ key }) => key);
    const along = script === READ_ONE ? undefined : new ReadAlong(keys, this.connection);
    const { floorMs, epoch } = this.connection.history;
    const { hearing } = this;
    const args = reads.flatMap<string | number>(({ request }) => [
      request.format,
      request.leaseToken,
      this.tolerant(request.leaseMs),
      request.discard ? '-' : hearing.isOn ? request.withinMs : '',
    ]);
    args.unshift(reads.length, Math.max(floorMs, hearing.floorMs));
    if (hearing.isOn) args.push(hearing.heardMs, Math.min(...reads.map(({ request }) => request.withinMs)));
    const allKeys = along === undefined ? keys : [...keys, ...along.keys];
    const replies = this.connection.call(script, allKeys, args, (late) => this.releaseLeases(reads, late));
    replies
      .then((each) => {
        along?.arrived(textsRead(each, reads.length));
        forEachReply(reads, each, (read, reply) => this.settle(read, reply, epoch, along));
      })
      .catch((error: unknown) => {
        for (const read of reads) rejectReaders(read, error);
      });
  }

  /**
   * If the store lost data after the read was sent, the read named an earlier floor. The value of
   * the reply may then be a value that must not be served.
   *
   * @param epoch of the history when the read was sent
   * @param along what the script read along
   */
  private settle(read: BatchedRead, reply: ReadReply | Error, epoch: number, along: ReadAlong | undefined): void {
    if (epoch !== this.connection.history.epoch) {
      this.releaseLeases([read], [reply]);
      rejectReaders(read, new StoreUnavailable('the store lost data'));
    } else if (reply instanceof Error) rejectReaders(read, this.connection.refusedPart(reply, read.key));
    else resolveReaders(read, this.parse(read, epoch === 0 ? reply : withEpoch(reply, epoch), along));
  }

  private parse({ key, request }: BatchedRead, reply: ReadReply, along: ReadAlong | undefined): EntryRead {
    const [state, version, freshForMs, text, , note] = reply;
    return {
      version,
      // A fresh value with an empty text is corrupt. The value must not count as missing: the
      // caller would wait for a load that no process begins.
      stored: text === '' && state !== 0 ? undefined : withFit(this.unseal(key, version, text, freshForMs), note),
      load: parseLoadState(key, request.leaseToken, reply, along),
      foreign: note === FOREIGN,
      tooOld: note === TOO_OLD,
    };
  }

  private seal({ key, beganMs }: Lease, version: string, { text, freshMs, lifetimeMs }: AnswerToWrite): string {
    if (this.sealed === undefined) return text;
    const nowMs = this.connection.history.serverNowMs(key) ?? beganMs;
    return this.sealed.seal(key, version, text, { freshUntilMs: nowMs + freshMs, expiresAtMs: nowMs + lifetimeMs });
  }

  private unseal(key: string, version: string, text: string, freshForMs: number): StoredAnswer {
    if (this.sealed === undefined) return { text, freshForMs };
    const [inRedis = ''] = version.split(EPOCH);
    return this.sealed.open(key, inRedis, text, freshForMs) ?? { text: UNREADABLE, freshForMs };
  }

  /**
   * For replies after the time bound. The readers have gone on without the store, so a lease would
   * only make other readers wait.
   */
  private releaseLeases(reads: readonly BatchedRead[], late: unknown): void {
    forEachReply(reads, late, ({ key, request: { leaseToken } }, reply) => {
      if (reply instanceof Error || parseLoadState(key, leaseToken, reply).kind !== 'lease-granted') return;
      this.connection.callUnbounded(END_LEASE, [key], [leaseToken, '', 0, ...this.loadFinished(key)]);
    });
  }

  /**
   * Channel and message for a script that ends a lease. The script publishes the message together
   * with its write.
   */
  private loadFinished(key: string): readonly [channel: string, message: string] {
    const event = this.bus.createEvent('entry.load-finished', tenantOfEntryKey(key), { key });
    return [this.bus.channel, this.bus.encode(event)];
  }
}
