import type { EntryToIndex, IndexedEntry } from '../../../src/cache/internal/customer-index.js';
import {
  EntryStore,
  type AnswerToWrite,
  type EntryRead,
  type IndexedWrite,
  type Lease,
  type LoadState,
  type ReadRequest,
} from '../../../src/cache/internal/entry-store.js';
import { tenantOfEntryKey } from '../../../src/contracts/entry-key.js';
import type { DegradedReason } from '../../../src/kernel/errors.js';
import type { Play } from './play.js';

/** The connection of one process to the shared entries. */
export class WiredStore extends EntryStore {
  readonly tier = 'memory';
  /** No limit, because the schedule may delay a call as long as it wants. */
  readonly settlesWithinMs = Infinity;

  constructor(
    private readonly process: number,
    private readonly play: () => Play,
  ) {
    super();
  }

  async read(key: string, request: ReadRequest): Promise<EntryRead> {
    const { wire, entries, index, isSingleStore } = this.play();
    const read = await wire.call('read', async () => {
      // Both begin in the same step.
      const [entry, epoch] = await Promise.all([entries.read(key, request), index.currentEpoch(tenantOfEntryKey(key))]);
      return isSingleStore ? { ...entry, load: withEpoch(entry.load, epoch) } : entry;
    });
    if (read.stored !== undefined) this.recordArrival(read.stored.text);
    return read;
  }

  async write(lease: Lease, answer: AnswerToWrite): Promise<boolean> {
    const stored = await this.play().wire.call('write', () => this.writeNow(lease, answer));
    if (stored) this.recordArrival(answer.text);
    return stored;
  }

  override writeIndexed(
    lease: Lease,
    answer: AnswerToWrite,
    entry: EntryToIndex,
    displaced?: IndexedEntry,
  ): Promise<IndexedWrite> | undefined {
    const { wire, index, isSingleStore } = this.play();
    if (!isSingleStore) return undefined;
    const writing = wire.call<IndexedWrite>('writeIndexed', async () => {
      const result = await index.indexEntry(entry, displaced);
      return result.kind === 'indexed' ? { ...result, isStored: await this.writeNow(lease, answer) } : result;
    });
    return writing.then((result) => {
      if (result.kind === 'indexed' && result.isStored) this.recordArrival(answer.text);
      return result;
    });
  }

  fail(lease: Lease, reason: DegradedReason, backoffMs: number): Promise<void> {
    const { wire, entries } = this.play();
    return wire.call('fail', () => entries.fail(lease, reason, backoffMs));
  }

  release(lease: Lease): Promise<boolean> {
    const { wire, entries } = this.play();
    return wire.call('release', () => entries.release(lease));
  }

  renew(lease: Lease, leaseMs: number): Promise<boolean> {
    const { wire, entries } = this.play();
    return wire.call('renew', () => entries.renew(lease, leaseMs));
  }

  delete(key: string): Promise<boolean> {
    const { wire, entries } = this.play();
    return wire.call('delete', () => entries.delete(key));
  }

  private async writeNow(lease: Lease, answer: AnswerToWrite): Promise<boolean> {
    const { entries, chronicle } = this.play();
    const isStored = await entries.write(lease, answer);
    if (isStored) chronicle.writes.push({ key: lease.key, at: chronicle.now() });
    return isStored;
  }

  private recordArrival(text: string): void {
    const { chronicle } = this.play();
    chronicle.arrivals.push({ process: this.process, text, atMs: chronicle.now().atMs });
  }
}

function withEpoch(load: LoadState, invalidationEpoch: string): LoadState {
  if (load.kind === 'loading-already') return { ...load, invalidationEpoch };
  return load.kind === 'lease-granted' ? { ...load, lease: { ...load.lease, invalidationEpoch } } : load;
}
