import { degradedReason, type DegradedReason } from '../../kernel/errors.js';
import type { RedisChannel } from '../../platform/redis/redis-channel.js';
import type { RedisConnection } from '../../platform/redis/redis-connection.js';
import type { ValueCipher } from '../../kernel/value-cipher.js';
import { redisScript, type RedisScript } from '../../platform/redis/redis-script.js';
import {
  EntryStore,
  LATE_STORE_GRACE_MS,
  type AnswerToWrite,
  type EntryRead,
  type Lease,
  type LoadState,
  type ReadRequest,
} from './entry-store.js';
import { resolveReaders, rejectReaders, ReadBatch, type BatchedRead } from './read-batch.js';

const READS = new URL('../scripts/read-entries.lua', import.meta.url);
const READ_MANY = redisScript('readEntries', 'any', READS);
/** The keys of one command in a cluster must share a slot, and entries do not. */
const READ_ONE = redisScript('readEntry', 1, READS);
const KEEP = redisScript('storeEntry', 1, new URL('../scripts/store-entry.lua', import.meta.url));
const END_LEASE = redisScript('endLease', 1, new URL('../scripts/end-lease.lua', import.meta.url));
const DROP = redisScript('deleteEntry', 1, new URL('../scripts/delete-entry.lua', import.meta.url));
const RENEW_LEASE = redisScript('renewLease', 1, new URL('../scripts/renew-lease.lua', import.meta.url));

/**
 * `{ state, version, fresh for ms, value, detail, foreign }`, as the header of `read-entries.lua` says; the last two are left out where the
 * value is fresh.
 */
type ReadReply = readonly [
  state: number,
  version: string,
  freshForMs: number,
  value: string,
  detail?: string | number,
  foreign?: number,
];

/** As long as the server is busy with one batch it answers nobody else: 64 reads take it a third of a millisecond. */
const MOST_READS_AT_ONCE = 64;

/** What no lookup can read: a value that is not ours to open counts as one that is broken. */
const UNREADABLE = '?';

/** Stands before the key of an entry that was dropped; a landing is told by the bare key. */
const DROPPED = '-';

/** Entries in Redis, one hash a key, each operation one round trip. */
export class RedisEntryStore extends EntryStore {
  readonly tier = 'redis';
  readonly dropsAreSure: boolean;
  readonly settlesWithinMs: number;
  private readonly dropListeners = new Set<(key: string) => void>();
  private readonly reads: ReadBatch;

  constructor(
    private readonly connection: RedisConnection,
    private readonly channel: RedisChannel,
    /** Absent: values are stored as they are. */
    private readonly cipher?: ValueCipher,
  ) {
    super();
    // The nodes of a cluster pass messages on to each other without asking whether they arrived.
    this.dropsAreSure = !connection.isCluster;
    this.settlesWithinMs = connection.settlesWithinMs;
    const read = connection.isCluster ? READ_ONE : READ_MANY;
    for (const script of [read, KEEP, END_LEASE, DROP, RENEW_LEASE]) connection.define(script);
    this.reads = new ReadBatch(connection.isCluster ? 1 : MOST_READS_AT_ONCE, (reads) => this.readAll(read, reads));
  }

  read(key: string, request: ReadRequest): Promise<EntryRead> {
    return this.reads.read(key, request);
  }

  private readAll(script: RedisScript, reads: readonly BatchedRead[]): void {
    const keys = reads.map(({ key }) => key);
    const args = reads.flatMap(({ request }) => [
      request.format,
      request.leaseToken,
      request.leaseMs,
      request.discard ? '1' : '',
    ]);
    const asked = this.connection.call(script, keys, args, (late) => this.unwanted(reads, late));
    asked
      .then((replies) => inTurn(reads, replies, (read, reply) => this.pass(read, reply)))
      .catch((error: unknown) => {
        for (const read of reads) rejectReaders(read, error);
      });
  }

  private pass(read: BatchedRead, reply: ReadReply | Error): void {
    if (reply instanceof Error) rejectReaders(read, this.connection.refusedPart(reply));
    else resolveReaders(read, this.understood(read, reply));
  }

  private understood({ key, request }: BatchedRead, reply: ReadReply): EntryRead {
    const [state, version, freshForMs, text, , foreign] = reply;
    return {
      version,
      // An empty text that counts as fresh is there, and unreadable: to take it for nothing would be to wait for a load nobody begins.
      stored: text === '' && state !== 0 ? undefined : { text: this.opened(key, text), freshForMs },
      load: loadState(key, request.leaseToken, reply),
      foreign: foreign === 1,
    };
  }

  private opened(key: string, text: string): string {
    return this.cipher === undefined ? text : (this.cipher.open(key, text) ?? UNREADABLE);
  }

  /** The readers have gone on without the store: a lease one was granted in the meantime would only keep others waiting. */
  private unwanted(reads: readonly BatchedRead[], late: unknown): void {
    inTurn(reads, late, ({ key, request: { leaseToken } }, reply) => {
      if (reply instanceof Error) return;
      const load = loadState(key, leaseToken, reply);
      if (load.kind !== 'lease-granted') return;
      this.connection.callUnbounded(END_LEASE, [key], [leaseToken, '', 0, this.channel.name]);
    });
  }

  async write(lease: Lease, answer: AnswerToWrite): Promise<boolean> {
    const { format, freshMs, lifetimeMs } = answer;
    const text = this.cipher === undefined ? answer.text : this.cipher.seal(lease.key, answer.text);
    const args = [
      lease.version,
      lease.token,
      format,
      text,
      freshMs,
      lifetimeMs,
      this.channel.name,
      LATE_STORE_GRACE_MS,
    ];
    return (await this.connection.call(KEEP, [lease.key], args)) === 1;
  }

  async fail(lease: Lease, reason: DegradedReason, backoffMs: number): Promise<void> {
    await this.connection.call(END_LEASE, [lease.key], [lease.token, reason, backoffMs, this.channel.name]);
  }

  async release(lease: Lease): Promise<boolean> {
    return (await this.connection.call(END_LEASE, [lease.key], [lease.token, '', 0, this.channel.name])) === 1;
  }

  async renew(lease: Lease, leaseMs: number): Promise<boolean> {
    return (await this.connection.call(RENEW_LEASE, [lease.key], [lease.token, leaseMs])) === 1;
  }

  /** This process knows at once, not only when its own message comes back. */
  async delete(key: string): Promise<boolean> {
    const held = await this.connection.call(DROP, [key], [this.channel.name, DROPPED + key]);
    for (const listener of this.dropListeners) listener(key);
    return held === 1;
  }

  onLanding(listener: (key: string) => void): void {
    this.channel.onMessage((message) => {
      if (!message.startsWith(DROPPED)) listener(message);
    });
  }

  onDrop(listener: (key: string) => void): void {
    this.dropListeners.add(listener);
    this.channel.onMessage((message) => {
      if (message.startsWith(DROPPED)) listener(message.slice(DROPPED.length));
    });
  }

  onDropsMissed(listener: () => void): void {
    this.channel.onLoss(listener);
  }

  hearsDrops(): boolean {
    return this.channel.isHeard();
  }
}

/** The script replies to each key in its place: an error where the server refused this one alone. */
function inTurn(
  reads: readonly BatchedRead[],
  replies: unknown,
  use: (read: BatchedRead, reply: ReadReply | Error) => void,
): void {
  (replies as readonly (ReadReply | Error)[]).forEach((reply, at) => {
    const read = reads[at];
    if (read !== undefined) use(read, reply);
  });
}

function loadState(key: string, token: string, [state, version, , , detail]: ReadReply): LoadState {
  switch (state) {
    case 1:
      return { kind: 'lease-granted', lease: { key, version, token, failuresBefore: Number(detail) } };
    case 2:
      return { kind: 'loading-elsewhere' };
    case 3:
      return { kind: 'backing-off', reason: degradedReason(String(detail)) };
    default:
      return { kind: 'not-needed' };
  }
}
