import type { Voiding } from '../../../src/cache/internal/customer-index.js';
import type { DipSource } from '../../../src/contracts/dip.js';
import type { Clock } from '../../../src/kernel/clock.js';

/** The position of an observation in the order of all observations, and its time. */
export interface Moment {
  readonly position: number;
  readonly atMs: number;
}

export interface ReadSeen {
  readonly key: string;
  readonly process: number;
  readonly started: Moment;
  ended?: Moment;
  source?: DipSource;
  /** The value that the reader received. */
  text?: string;
}

export interface LoadSeen {
  readonly key: string;
  /** Every load returns a different text, so that a value identifies its load. */
  readonly text: string;
  readonly began: Moment;
  /** The reader whose load it is; others may share it. */
  readonly forRead: ReadSeen;
  ended?: Moment;
}

/**
 * An invalidation. It voids every load that began before the epoch was raised, unless the value was
 * stored before the entries were voided.
 */
export interface InvalidationSeen {
  readonly event: string;
  readonly critical: boolean;
  /** When the epoch of the tenant was raised. */
  readonly raised: Moment;
  /** When the entries of the customer were voided. */
  readonly at: Moment;
}

/** An invalidation that was acknowledged. */
export interface AckSeen {
  readonly invalidation: InvalidationSeen;
  readonly acked: Moment;
}

/**
 * A process received the deletions of a key up to a position. `undefined` as the key means all
 * keys.
 */
export interface DeliverySeen {
  readonly process: number;
  readonly key: string | undefined;
  readonly deletedAtPosition: number;
  readonly at: Moment;
}

/** The observations of one run, which the laws check. */
export class Chronicle {
  readonly reads: ReadSeen[] = [];
  readonly loads: LoadSeen[] = [];
  readonly invalidations: InvalidationSeen[] = [];
  readonly acks: AckSeen[] = [];
  readonly deletions: { readonly key: string; readonly at: Moment }[] = [];
  readonly writes: { readonly key: string; readonly at: Moment }[] = [];
  readonly deliveries: DeliverySeen[] = [];
  /**
   * The times at which a value arrived in a process, which could then store it in its near cache.
   */
  readonly arrivals: { readonly process: number; readonly text: string; readonly atMs: number }[] = [];
  private lastPosition = 0;
  private events = 0;
  private readonly epochs = new Map<string, { readonly event: string; readonly raised: Moment }>();

  constructor(private readonly clock: Clock) {}

  now(): Moment {
    this.lastPosition += 1;
    return { position: this.lastPosition, atMs: this.clock.nowMs() };
  }

  readStarted(key: string, process: number): ReadSeen {
    const read: ReadSeen = { key, process, started: this.now() };
    this.reads.push(read);
    return read;
  }

  loadBegan(forRead: ReadSeen): LoadSeen {
    const load: LoadSeen = { key: forRead.key, text: `load ${this.loads.length}`, began: this.now(), forRead };
    this.loads.push(load);
    return load;
  }

  nextEvent(): string {
    this.events += 1;
    return `event ${this.events}`;
  }

  epochRaised(event: string, epoch: string): void {
    this.epochs.set(epoch, { event, raised: this.now() });
  }

  entriesVoided({ epoch, critical }: Voiding): void {
    const start = this.epochs.get(epoch);
    if (start === undefined) throw new Error('entries were voided before the epoch was raised');
    this.invalidations.push({ ...start, critical, at: this.now() });
  }

  /** Records an acknowledgement. An event that ran twice counts from its last run. */
  acknowledged(event: string): void {
    const invalidation = this.invalidations.findLast((invalidation) => invalidation.event === event);
    if (invalidation === undefined) throw new Error('an event was acknowledged before it began');
    this.acks.push({ invalidation, acked: this.now() });
  }

  deleted(key: string): Moment {
    const at = this.now();
    this.deletions.push({ key, at });
    return at;
  }

  loadOf({ text }: ReadSeen): LoadSeen | undefined {
    return this.loads.find((load) => load.text === text);
  }
}
