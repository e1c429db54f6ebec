import { setTimeout as sleep } from 'node:timers/promises';
import { Callers } from './callers.js';
import { Chronicle } from './chronicle.js';
import type { Crm } from './crm.js';
import { Population } from './population.js';
import { Reader } from './reader.js';
import type { Service } from './service.js';
import { Writer } from './writer.js';

/** Longest pause of a reader between two reads; milliseconds. */
const READER_PAUSE_MS = 20;
/** Longest pause of a writer between two changes; milliseconds. */
const WRITER_PAUSE_MS = 200;
const DEFAULT_WRITERS = 6;
const REPLACES_EVERY_MS = 100;

export interface TrafficPlan {
  readonly crm: Crm;
  readonly readFrom: readonly Service[];
  readonly notified: readonly Service[];
  /** Number of concurrent readers. */
  readonly readers: number;
  /** Number of concurrent writers. Default 6. */
  readonly writers?: number;
  /** Interval at which a new customer replaces an old one; milliseconds. Default 100. */
  readonly replacesEveryMs?: number;
  /** Records the results. Default: a chronicle that keeps every read. */
  readonly chronicle?: Chronicle;
  /** Sent with every request. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Runs many readers and some writers until `stop`. */
export class Traffic {
  readonly chronicle: Chronicle;
  readonly population = new Population();
  private readonly callers: Callers;
  private readonly loops: Promise<unknown>;
  private isOver = false;

  constructor(plan: TrafficPlan) {
    const { crm, readFrom, notified, readers, writers = DEFAULT_WRITERS, headers = {} } = plan;
    const { population } = this;
    const chronicle = (this.chronicle = plan.chronicle ?? new Chronicle());
    const callers = (this.callers = new Callers(headers));
    const reader = new Reader({ crm, callers, chronicle, population, readFrom });
    const writer = new Writer({ crm, callers, chronicle, population, notified });
    this.loops = Promise.all([
      ...many(readers, () => this.loop(() => reader.readOnce(), READER_PAUSE_MS)),
      ...many(writers, () => this.loop(() => writer.changeOnce(() => this.isOver), WRITER_PAUSE_MS)),
      this.loop(() => this.replaceOne(plan.replacesEveryMs ?? REPLACES_EVERY_MS), 0),
    ]);
    // `stop` reports the error of a failed reader or writer.
    this.loops.catch(() => undefined);
  }

  /** Resolves when the last answer has arrived. */
  async stop(): Promise<void> {
    this.isOver = true;
    try {
      await this.loops;
    } finally {
      this.callers.close();
    }
  }

  private async loop(act: () => Promise<void>, pauseMs: number): Promise<void> {
    while (!this.isOver) {
      await act();
      await sleep(Math.random() * pauseMs);
    }
  }

  private async replaceOne(afterMs: number): Promise<void> {
    await sleep(afterMs);
    this.population.replaceOne();
  }
}

function many<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}
