import {
  EntryStore,
  type AnswerToWrite,
  type EntryRead,
  type Lease,
  type ReadRequest,
} from '../../../src/cache/internal/entry-store.js';
import type { DegradedReason } from '../../../src/kernel/errors.js';
import type { Play } from './play.js';

/** One process's way to the entries they all share. */
export class WiredStore extends EntryStore {
  readonly tier = 'memory';
  /** It may stand still for as long as the schedule wants. */
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
    if (read.stored !== undefined) this.came(read.stored.text);
    return read;
  }

  async write(lease: Lease, answer: AnswerToWrite): Promise<boolean> {
    const { wire, entries, chronicle } = this.play();
    const kept = await wire.call('write', async () => {
      const isKept = await entries.write(lease, answer);
      if (isKept) chronicle.keeps.push({ key: lease.key, at: chronicle.now() });
      return isKept;
    });
    if (kept) this.came(answer.text);
    return kept;
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

  private came(text: string): void {
    const { chronicle } = this.play();
    chronicle.comings.push({ process: this.process, text, atMs: chronicle.now().atMs });
  }
}
