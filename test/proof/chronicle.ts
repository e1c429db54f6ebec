import type { Ack, Read } from './history.js';
import type { Way } from './ways.js';

/** How a read ended. `failed`: no answer, or none that is a dip's. */
export type Source = 'cache' | 'stale' | 'origin' | 'degraded' | 'failed';

/** A read with what helps to explain it. */
export interface WitnessedRead extends Read {
  readonly way: Way;
  readonly service: string;
  readonly source: Source;
}

/** A fault of a run, from before it began until after it ended. */
export interface Trouble {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Everything that readers and writers saw. */
export class Chronicle {
  readonly reads: WitnessedRead[] = [];
  readonly acks: Ack[] = [];
  readonly troubles: Trouble[] = [];
  /** How every read ended, those that carried no version included. */
  readonly ended: Record<Source, number> = { cache: 0, stale: 0, origin: 0, degraded: 0, failed: 0 };
  /** Events, however often each was sent. */
  events = 0;
  /** Answers about another customer than the one asked for. */
  mistaken = 0;
  /** Reads so far that could be wrong: the checker's own count, known while it grows. */
  checkable = 0;
  private readonly firstAckMs = new Map<number, number>();

  answered(read: WitnessedRead): void {
    this.reads.push(read);
    if (read.startMs - read.graceMs > (this.firstAckMs.get(read.subject) ?? Infinity)) this.checkable += 1;
  }

  acknowledged(ack: Ack): void {
    this.acks.push(ack);
    if (!this.firstAckMs.has(ack.subject)) this.firstAckMs.set(ack.subject, ack.atMs);
  }
}
