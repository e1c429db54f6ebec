import type { LogPartition } from '../../../../src/messaging/log/event-log.js';
import type { DataLoss } from '../../../../src/platform/redis/history/data-loss.js';
import type { HeardNote } from '../../../../src/regions/internal/heard-note.js';
import { HeardStore, type StoreMoment } from '../../../../src/regions/internal/heard-store.js';
import { HeardTable } from '../../../../src/regions/internal/heard-table.js';
import type { Mutant } from './mutants.js';

/** A stored answer. */
export interface Entry {
  /** When its load began, by the store's clock. */
  readonly beganMs: number;
  /** When the origin read it, in true time. */
  readonly originMs: number;
}

/** A load that has not ended. An invalidation takes its lease. */
export interface Load extends Entry {
  readonly key: string;
}

/** The parts of a store that a failover may set back. Each part is on a separate node. */
export type NodeName = 'heard' | 'entries' | 'marks' | 'agents';

/** The last report about each agent, by the time of the platform. */
export type AgentReports = Map<string, number>;

/** The store of a region. A failover brings back the state that a replica had. */
export class ModelStore extends HeardStore {
  readonly skewMs = 0;
  table = new HeardTable();
  /** The floor of the last loss. */
  historyFloorMs = 0;
  agents: AgentReports = new Map();
  private entries = new Map<string, Entry>();
  private leases = new Map<string, Load>();
  private marks = new Set<string>();
  private replicatedMs = 0;
  private replica: Readonly<Record<NodeName, () => void>> | undefined;

  constructor(
    private readonly identity: string,
    readonly nowMs: () => number,
    private readonly mutant: Mutant | undefined,
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

  noteLoss(own: readonly LogPartition[], loss: DataLoss): Promise<number> {
    if (this.mutant !== 'a new process knows of no loss') this.table.noteLoss(own, loss, this.nowMs());
    return Promise.resolve(this.nowMs());
  }

  rewound(partitions: readonly LogPartition[], lostMs: number): Promise<void> {
    this.table.rewound(partitions, lostMs);
    return Promise.resolve();
  }

  read(): Promise<StoreMoment & { readonly table: HeardTable }> {
    return Promise.resolve({ ...this.moment(), table: this.table });
  }

  /** The milliseconds that a failover would lose. */
  get lagMs(): number {
    return this.nowMs() - this.replicatedMs;
  }

  /** The replica receives everything until now. */
  replicate(): void {
    const heard = [...this.table.fields];
    const [entries, leases] = [new Map(this.entries), new Map(this.leases)];
    const [marks, agents] = [new Set(this.marks), new Map(this.agents)];
    this.replicatedMs = this.nowMs();
    this.replica = {
      heard: () => (this.table = new HeardTable(heard)),
      entries: () => ([this.entries, this.leases] = [new Map(entries), new Map(leases)]),
      marks: () => (this.marks = new Set(marks)),
      agents: () => (this.agents = new Map(agents)),
    };
  }

  /** The replicas of these nodes take over. The processes notice the loss before they use it. */
  failOver(nodes: readonly NodeName[]): void {
    for (const node of nodes) this.replica?.[node]();
    if (this.mutant === 'the floor of a loss is ignored') return;
    this.historyFloorMs = Math.max(this.historyFloorMs, this.nowMs());
  }

  entry(key: string): Entry | undefined {
    return this.entries.get(key);
  }

  /** Takes the lease, as a read without an answer does. */
  beginLoad(key: string, trueMs: number): Load {
    const load = { key, beganMs: this.nowMs(), originMs: trueMs };
    this.leases.set(key, load);
    return load;
  }

  /** @returns whether the answer was stored */
  finishLoad(load: Load): boolean {
    if (this.leases.get(load.key) !== load) return false;
    this.leases.delete(load.key);
    const beganMs = this.mutant === 'a load has the time of its end' ? this.nowMs() : load.beganMs;
    this.entries.set(load.key, { beganMs, originMs: load.originMs });
    return true;
  }

  /** @returns whether the event is a duplicate */
  invalidate(key: string, mark: string | undefined): boolean {
    if (!this.isNew(mark)) return true;
    this.entries.delete(key);
    if (this.mutant !== 'an invalidation does not end the load') this.leases.delete(key);
    return false;
  }

  /** @returns whether the event is a duplicate */
  report(agent: string, timestamp: number, mark: string | undefined): boolean {
    if (!this.isNew(mark)) return true;
    this.agents.set(agent, Math.max(timestamp, this.agents.get(agent) ?? 0));
    return false;
  }

  private isNew(mark: string | undefined): boolean {
    if (mark === undefined) return true;
    const known = this.marks.has(mark);
    this.marks.add(mark);
    return !known;
  }

  private moment(): StoreMoment {
    return { nowMs: this.nowMs(), store: this.identity };
  }
}
