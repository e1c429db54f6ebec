import { tenantOfEntryKey } from '../../contracts/entry-key.js';
import { degradedReason, StoreUnavailable, type DegradedReason } from '../../kernel/errors.js';
import type { ValueCipher } from '../../kernel/value-cipher.js';
import type { Hearing } from '../../messaging/hearing.js';
import type { RedisEventBus } from '../../messaging/redis-event-bus.js';
import type { RedisConnection } from '../../platform/redis/redis-connection.js';
import { redisScript, type RedisScript } from '../../platform/redis/redis-script.js';
import {
  EntryStore,
  LATE_STORE_GRACE_MS,
  type AnswerToWrite,
  type EntryRead,
  type Lease,
  type LoadState,
  type ReadRequest,
  type StoredAnswer,
} from './entry-store.js';
import { SealedAnswers } from './sealed-answers.js';
import { ReadBatch, rejectReaders, resolveReaders, type BatchedRead } from './read-batch.js';

const READ_SCRIPT = new URL('../scripts/read-entries.lua', import.meta.url);
const READ_MANY = redisScript('readEntries', 'any', READ_SCRIPT);
/**
 * All keys of one command in a cluster must share a slot, and entries do not: a cluster is read one
 * entry at a time.
 */
const READ_ONE = redisScript('readEntry', 1, READ_SCRIPT);
const STORE_ENTRY = redisScript('storeEntry', 1, new URL('../scripts/store-entry.lua', import.meta.url));
const END_LEASE = redisScript('endLease', 1, new URL('../scripts/end-lease.lua', import.meta.url));
const DELETE_ENTRY = redisScript('deleteEntry', 1, new URL('../scripts/delete-entry.lua', import.meta.url));
const RENEW_LEASE = redisScript('renewLease', 1, new URL('../scripts/renew-lease.lua', import.meta.url));

/** Notes of a `read-entries.lua` reply. */
const FOREIGN = 1;
const TOO_OLD = 2;
const WHOLE = 3;
const PARTIAL = 4;

/**
 * `{ state, version, fresh for ms, value, detail, note, now }`, as described in the header of
 * `read-entries.lua`. The last three are missing if the value is fresh and of the reader's format.
 */
type ReadReply = readonly [
  state: number,
  version: string,
  freshForMs: number,
  value: string,
  detail?: string | number,
  note?: typeof FOREIGN | typeof TOO_OLD | typeof WHOLE | typeof PARTIAL | 0,
  nowMs?: number,
];

/**
 * Redis answers no other client while it runs a script: 64 reads take it a third of a millisecond.
 */
const MAX_READS_PER_COMMAND = 64;

/** Stands for the version in a message. The script puts the version in its place. */
const VERSION_MARK = '<version>';

/**
 * Text that no lookup can read. This text replaces a value that this process cannot decrypt, so
 * that the value counts as corrupt.
 */
const UNREADABLE = '?';

/** Separates the version in Redis from the history's epoch. No version contains it. */
const EPOCH = '@';

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
    cipher?: ValueCipher,
  ) {
    super();
    const { history } = connection;
    this.sealed = cipher === undefined ? undefined : new SealedAnswers(cipher, (key) => history.serverNowMs(key));
    bus.subscribe('entry.deleted', ({ data }) => this.sealed?.deletedVersion(data.version ?? ''));
    this.settlesWithinMs = connection.settlesWithinMs;
    for (const script of [READ_ONE, READ_MANY, STORE_ENTRY, END_LEASE, DELETE_ENTRY, RENEW_LEASE])
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
    const { format, freshMs, lifetimeMs } = answer;
    const { key, token } = lease;
    const { history } = this.connection;
    const [version = '', epoch = '0'] = lease.version.split(EPOCH);
    // The store has lost data since the load began, and perhaps the invalidation of this value.
    if (epoch !== String(history.epoch)) return (await this.release(lease)) && false;
    const text = this.seal(lease, version, answer);
    const values = [version, token, format, text, freshMs, lifetimeMs, LATE_STORE_GRACE_MS];
    const beganMs = Math.max(lease.beganMs, history.floorMs);
    return (await this.connection.call(STORE_ENTRY, [key], [...values, ...this.loadFinished(key), beganMs])) === 1;
  }

  async fail({ key, token }: Lease, reason: DegradedReason, backoffMs: number): Promise<void> {
    await this.connection.call(END_LEASE, [key], [token, reason, backoffMs, ...this.loadFinished(key)]);
  }

  async release({ key, token }: Lease): Promise<boolean> {
    return (await this.connection.call(END_LEASE, [key], [token, '', 0, ...this.loadFinished(key)])) === 1;
  }

  async renew({ key, token }: Lease, leaseMs: number): Promise<boolean> {
    return (await this.connection.call(RENEW_LEASE, [key], [token, leaseMs])) === 1;
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

  private send(script: RedisScript, reads: readonly BatchedRead[]): void {
    const keys = reads.map(({ key }) => key);
    const { floorMs, epoch } = this.connection.history;
    const { hearing } = this;
    const args = reads.flatMap<string | number>(({ request }) => [
      request.format,
      request.leaseToken,
      request.leaseMs,
      request.discard ? '-' : hearing.isOn ? request.withinMs : '',
    ]);
    args.unshift(Math.max(floorMs, hearing.floorMs));
    if (hearing.isOn) args.push(hearing.heardMs, Math.min(...reads.map(({ request }) => request.withinMs)));
    const replies = this.connection.call(script, keys, args, (late) => this.releaseLeases(reads, late));
    replies
      .then((each) => forEachReply(reads, each, (read, reply) => this.settle(read, reply, epoch)))
      .catch((error: unknown) => {
        for (const read of reads) rejectReaders(read, error);
      });
  }

  /**
   * If the store lost data after the read was sent, the read named an earlier floor. The value of
   * the reply may then be a value that must not be served.
   *
   * @param epoch of the history when the read was sent
   */
  private settle(read: BatchedRead, reply: ReadReply | Error, epoch: number): void {
    if (epoch !== this.connection.history.epoch) {
      this.releaseLeases([read], [reply]);
      rejectReaders(read, new StoreUnavailable('the store lost data'));
    } else if (reply instanceof Error) rejectReaders(read, this.connection.refusedPart(reply, read.key));
    else resolveReaders(read, this.parse(read, epoch === 0 ? reply : withEpoch(reply, epoch)));
  }

  private parse({ key, request }: BatchedRead, reply: ReadReply): EntryRead {
    const [state, version, freshForMs, text, , note] = reply;
    return {
      version,
      // A fresh value with an empty text is corrupt. The value must not count as missing: the
      // caller would wait for a load that no process begins.
      stored: text === '' && state !== 0 ? undefined : withFit(this.unseal(key, version, text, freshForMs), note),
      load: parseLoadState(key, request.leaseToken, reply),
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

function withFit(stored: StoredAnswer, note: ReadReply[5]): StoredAnswer {
  if (note !== WHOLE && note !== PARTIAL) return stored;
  return { ...stored, otherFormat: note === WHOLE ? 'whole' : 'partial' };
}

function withEpoch([state, version, ...rest]: ReadReply, epoch: number): ReadReply {
  return [state, version === '' ? '' : `${version}${EPOCH}${epoch}`, ...rest];
}

/**
 * The script replies once per key, in order. If the server refused one key, its reply is an error.
 */
function forEachReply(
  reads: readonly BatchedRead[],
  replies: unknown,
  use: (read: BatchedRead, reply: ReadReply | Error) => void,
): void {
  (replies as readonly (ReadReply | Error)[]).forEach((reply, at) => {
    const read = reads[at];
    if (read !== undefined) use(read, reply);
  });
}

function parseLoadState(key: string, token: string, reply: ReadReply): LoadState {
  const [state, version, , , detail, , nowMs = 0] = reply;
  switch (state) {
    case 1:
      return { kind: 'lease-granted', lease: { key, version, token, failuresBefore: Number(detail), beganMs: nowMs } };
    case 2:
      return { kind: 'loading-already' };
    case 3:
      return { kind: 'backing-off', reason: degradedReason(String(detail)) };
    default:
      return { kind: 'not-needed' };
  }
}
