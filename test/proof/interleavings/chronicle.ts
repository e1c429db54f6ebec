import type { DipSource } from '../../../src/contracts/dip.js';
import type { Clock } from '../../../src/kernel/clock.js';

/** When something was seen: its place in the order of everything that was seen, and the time of it. */
export interface Moment {
  readonly step: number;
  readonly atMs: number;
}

export interface ReadSeen {
  readonly key: string;
  readonly process: number;
  readonly started: Moment;
  ended?: Moment;
  source?: DipSource;
  /** What it was answered, where it was a value. */
  text?: string;
}

export interface LoadSeen {
  readonly key: string;
  /** Every load brings a text of its own, so that a value tells which load it is from. */
  readonly text: string;
  readonly began: Moment;
  /** The reader whose load it is; others may share it. */
  readonly forRead: ReadSeen;
  ended?: Moment;
}

/** An invalidation that took its place in the order of events: whatever began to load before it is void. */
export interface BeginSeen {
  readonly event: string;
  readonly critical: boolean;
  readonly at: Moment;
}

/** An invalidation that was acknowledged. */
export interface AckSeen {
  readonly begun: BeginSeen;
  readonly acked: Moment;
}

/** A process heard of drops of a key, or of all keys, up to the one at a step. */
export interface HearingSeen {
  readonly process: number;
  readonly key: string | undefined;
  readonly droppedAtStep: number;
  readonly at: Moment;
}

/** What was seen of one run, for the laws to judge. */
export class Chronicle {
  readonly reads: ReadSeen[] = [];
  readonly loads: LoadSeen[] = [];
  readonly begins: BeginSeen[] = [];
  readonly acks: AckSeen[] = [];
  readonly drops: { readonly key: string; readonly at: Moment }[] = [];
  readonly keeps: { readonly key: string; readonly at: Moment }[] = [];
  readonly hearings: HearingSeen[] = [];
  /** When a value came to a process, and could become a near copy. */
  readonly comings: { readonly process: number; readonly text: string; readonly atMs: number }[] = [];
  private steps = 0;
  private events = 0;

  constructor(private readonly clock: Clock) {}

  now(): Moment {
    this.steps += 1;
    return { step: this.steps, atMs: this.clock.nowMs() };
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

  /** The event was acknowledged; what counts is when it was last carried out. */
  acknowledged(event: string): void {
    const begun = this.begins.findLast((begin) => begin.event === event);
    if (begun === undefined) throw new Error('an event was acknowledged that never began');
    this.acks.push({ begun, acked: this.now() });
  }

  dropped(key: string): Moment {
    const at = this.now();
    this.drops.push({ key, at });
    return at;
  }

  loadOf({ text }: ReadSeen): LoadSeen | undefined {
    return this.loads.find((load) => load.text === text);
  }
}
