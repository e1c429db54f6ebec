import type { LogPartition } from '../../../../src/messaging/log/event-log.js';
import type { HeardNote } from '../../../../src/regions/internal/heard-note.js';
import { HeardStore, type StoreMoment } from '../../../../src/regions/internal/heard-store.js';
import { HeardTable } from '../../../../src/regions/internal/heard-table.js';

/** The store of a region: what is heard, entries and marks. A failover brings back a snapshot. */
export class ModelStore extends HeardStore {
  readonly skewMs = 0;
  table = new HeardTable();
  /** When the load of each entry began: by the store's clock, and in true time. */
  entries = new Map<string, { readonly beganMs: number; readonly trueMs: number }>();
  marks = new Set<string>();
  epochs = new Map<string, number>();
  /** The floor of the last loss. */
  historyFloorMs = 0;
  private snapshot: (() => void) | undefined;

  constructor(
    private readonly identity: string,
    readonly nowMs: () => number,
  ) {
    super();
    this.replicate();
  }

  beginHeartbeat(): Promise<StoreMoment> {
    return Promise.resolve(this.moment());
  }

  declare(partitions: readonly LogPartition[], ackedMs: number): Promise<void> {
    this.table.declare(partitions, ackedMs, this.nowMs());
    return Promise.resolve();
  }

  note(note: HeardNote): Promise<void> {
    this.table.note(note, this.nowMs(), this.identity);
    return Promise.resolve();
  }

  raiseFloor(): Promise<void> {
    this.table.raiseFloor(this.nowMs());
    return Promise.resolve();
  }

  read(): Promise<StoreMoment & { readonly table: HeardTable }> {
    return Promise.resolve({ ...this.moment(), table: this.table });
  }

  /** The replica receives everything until now. */
  replicate(): void {
    const [fields, entries, marks, epochs] = [
      [...this.table.fields],
      [...this.entries],
      [...this.marks],
      [...this.epochs],
    ];
    this.snapshot = () => {
      this.table = new HeardTable(fields);
      this.entries = new Map(entries);
      this.marks = new Set(marks);
      this.epochs = new Map(epochs);
    };
  }

  /** The replica takes over. The processes notice the loss before they use it. */
  failOver(): void {
    this.snapshot?.();
    this.historyFloorMs = Math.max(this.historyFloorMs, this.nowMs());
  }

  invalidate(key: string, mark: string | undefined): boolean {
    if (mark !== undefined && this.marks.has(mark)) return true;
    this.epochs.set(key, (this.epochs.get(key) ?? 0) + 1);
    this.entries.delete(key);
    if (mark !== undefined) this.marks.add(mark);
    return false;
  }

  private moment(): StoreMoment {
    return { nowMs: this.nowMs(), store: this.identity };
  }
}
