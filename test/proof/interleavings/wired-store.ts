import {
  EntryStore,
  type AnswerToWrite,
  type EntryRead,
  type Lease,
  type ReadRequest,
} from '../../../src/cache/internal/entry-store.js';
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
    const { wire, entries } = this.play();
    const read = await wire.call('read', () => entries.read(key, request));
    if (read.stored !== undefined) this.recordArrival(read.stored.text);
    return read;
  }

  async write(lease: Lease, answer: AnswerToWrite): Promise<boolean> {
    const { wire, entries, chronicle } = this.play();
    const stored = await wire.call('write', async () => {
      const isStored = await entries.write(lease, answer);
      if (isStored) chronicle.writes.push({ key: lease.key, at: chronicle.now() });
      return isStored;
    });
    if (stored) this.recordArrival(answer.text);
    return stored;
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

  private recordArrival(text: string): void {
    const { chronicle } = this.play();
    chronicle.arrivals.push({ process: this.process, text, atMs: chronicle.now().atMs });
  }
}
