import type { EntryRead, ReadRequest } from './entry-store.js';

/** One entry that is read, for one or more who asked for it in the same turn. */
export interface BatchedRead {
  readonly key: string;
  /** Of the first who asked: theirs is the lease, if one is granted. */
  readonly request: ReadRequest;
  readonly readers: Reader[];
}

interface Reader {
  readonly resolve: (read: EntryRead) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers the reads of one turn of the event loop, so that they travel together: on a busy process that is one command for dozens, and
 * for a herd that asks for one entry, one read for all of it.
 *
 * Promised: no read is answered by what the store said before it was asked, because nothing joins a batch that is on its way; of those who
 * share a read one is granted the lease, and the others are told that somebody else is loading.
 * Not promised: any bound on the wait. `send` has one.
 */
export class ReadBatch {
  private gathered = new Map<string, BatchedRead>();

  constructor(
    /** The most reads that are sent as one. */
    private readonly most: number,
    /** Answers every reader of every read it is given, with `answer` or `fail`. */
    private readonly send: (reads: readonly BatchedRead[]) => void,
  ) {}

  read(key: string, request: ReadRequest): Promise<EntryRead> {
    return new Promise((resolve, reject) => this.add(key, request, { resolve, reject }));
  }

  private add(key: string, request: ReadRequest, reader: Reader): void {
    const known = this.gathered.get(key);
    if (known !== undefined && isAlike(known.request, request)) {
      known.readers.push(reader);
      return;
    }
    // One key is read once a batch: a second way of reading it is another batch's.
    if (known !== undefined || this.gathered.size >= this.most) this.leave();
    if (this.gathered.size === 0) setImmediate(() => this.leave());
    this.gathered.set(key, { key, request, readers: [reader] });
  }

  private leave(): void {
    if (this.gathered.size === 0) return;
    const reads = [...this.gathered.values()];
    this.gathered = new Map();
    this.send(reads);
  }
}

/** The first who asked gets it whole; to the others a lease that was granted is somebody else's. */
export function resolveReaders({ readers }: BatchedRead, read: EntryRead): void {
  const [first, ...others] = readers;
  first?.resolve(read);
  if (others.length === 0) return;
  const theirs: EntryRead =
    read.load.kind === 'lease-granted' ? { ...read, load: { kind: 'loading-elsewhere' }, foreign: false } : read;
  for (const { resolve } of others) resolve(theirs);
}

export function rejectReaders({ readers }: BatchedRead, error: unknown): void {
  for (const { reject } of readers) reject(error);
}

function isAlike(one: ReadRequest, other: ReadRequest): boolean {
  return one.format === other.format && !one.discard && !other.discard;
}
