import type { Ack, Read } from './history.js';
import type { LookupVariant } from './lookup-variants.js';

/** How a read ended. `failed` means no answer, or an answer that is no lookup result. */
export type Source = 'cache' | 'stale' | 'origin' | 'degraded' | 'failed';

/** A read with the facts that help to explain a violation. */
export interface WitnessedRead extends Read {
  readonly variant: LookupVariant;
  readonly service: string;
  readonly source: Source;
}

/** An injected fault, from before it began until after it ended. */
export interface Fault {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Records the results of all readers and writers. */
export class Chronicle {
  readonly reads: WitnessedRead[] = [];
  readonly acks: Ack[] = [];
  /**
   * Events that a process refused with `bus_unavailable` and that the writer did not repeat. The
   * process promised to send them to the other regions.
   */
  readonly left: Omit<Ack, 'atMs'>[] = [];
  readonly faults: Fault[] = [];
  /** Number of reads per ending, including reads without a version. */
  readonly ended: Record<Source, number> = { cache: 0, stale: 0, origin: 0, degraded: 0, failed: 0 };
  /** Number of events. A repeated event counts once. */
  events = 0;
  /** Number of answers about a different customer than the requested one. */
  mistaken = 0;
  /**
   * Number of reads so far that the checker will judge: equals its `checked`, but is known during
   * the run.
   */
  checkable = 0;
  private readonly firstAckMs = new Map<number, number>();

  answered(read: WitnessedRead): void {
    this.keep(read);
    if (read.startMs - read.graceMs > (this.firstAckMs.get(read.subject) ?? Infinity)) this.checkable += 1;
  }

  acknowledged(ack: Ack): void {
    this.acks.push(ack);
    if (!this.firstAckMs.has(ack.subject)) this.firstAckMs.set(ack.subject, ack.atMs);
  }

  protected keep(read: WitnessedRead): void {
    this.reads.push(read);
  }
}
