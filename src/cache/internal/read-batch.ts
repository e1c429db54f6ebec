import type { EntryRead, ReadRequest } from './entry-store.js';

/** A read of an entry, for one or more readers that asked in the same event-loop tick. */
export interface BatchedRead {
  readonly key: string;
  /** The request of the first reader, which gets the lease if one is granted. */
  readonly request: ReadRequest;
  readonly readers: Reader[];
}

interface Reader {
  readonly resolve: (read: EntryRead) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends the reads of one event-loop tick as one command. A busy process needs one command for
 * dozens of reads, and a herd of callers of one entry needs one read.
 *
 * Guarantees:
 * - A reader never joins a batch that is already sent, so its reply is never older than its read.
 * - Of the readers that share a read, one is granted the lease. The other readers learn that
 *   another reader loads the entry.
 *
 * Does not guarantee: a bound on the wait. `send` has one.
 */
export class ReadBatch {
  private pending = new Map<string, BatchedRead>();

  constructor(
    /** The most reads in one command. */
    private readonly maxReads: () => number,
    /** Must settle every reader of every read, with `resolveReaders` or `rejectReaders`. */
    private readonly send: (reads: readonly BatchedRead[]) => void,
  ) {}

  read(key: string, request: ReadRequest): Promise<EntryRead> {
    return new Promise((resolve, reject) => this.add(key, request, { resolve, reject }));
  }

  private add(key: string, request: ReadRequest, reader: Reader): void {
    const same = this.pending.get(key);
    if (same !== undefined && isAlike(same.request, request)) {
      same.readers.push(reader);
      return;
    }
    // A batch reads a key once. A read of the same key that differs goes into the next batch.
    if (same !== undefined || this.pending.size >= this.maxReads()) this.flush();
    if (this.pending.size === 0) setImmediate(() => this.flush());
    this.pending.set(key, { key, request, readers: [reader] });
  }

  private flush(): void {
    if (this.pending.size === 0) return;
    const reads = [...this.pending.values()];
    this.pending = new Map();
    this.send(reads);
  }
}

/**
 * The first reader gets the lease, if one was granted. For the other readers the entry is loading
 * elsewhere.
 */
export function resolveReaders({ readers }: BatchedRead, read: EntryRead): void {
  const [first, ...others] = readers;
  first?.resolve(read);
  if (others.length === 0) return;
  const shared = asShared(read);
  for (const { resolve } of others) resolve(shared);
}

function asShared(read: EntryRead): EntryRead {
  if (read.load.kind !== 'lease-granted') return read;
  const { invalidationEpoch } = read.load.lease;
  return { ...read, load: { kind: 'loading-already', invalidationEpoch }, foreign: false };
}

export function rejectReaders({ readers }: BatchedRead, error: unknown): void {
  for (const { reject } of readers) reject(error);
}

function isAlike(first: ReadRequest, second: ReadRequest): boolean {
  const isSame = first.format === second.format && first.withinMs === second.withinMs;
  return isSame && !first.discard && !second.discard;
}
