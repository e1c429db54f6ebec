import { setTimeout as sleep } from 'node:timers/promises';
import { Callers } from './callers.js';
import { Chronicle } from './chronicle.js';
import type { Crm } from './crm.js';
import { Population } from './population.js';
import { Reader } from './reader.js';
import type { Service } from './service.js';
import { Writer } from './writer.js';

/** The longest a reader thinks between an answer and its next question, and a writer rests between two changes. */
const THINKS_MS = 20;
const RESTS_MS = 200;
const WRITERS = 6;
/** One customer goes and one comes. */
const REPLACES_EVERY_MS = 100;

export interface TrafficPlan {
  readonly crm: Crm;
  readonly asked: readonly Service[];
  readonly told: readonly Service[];
  /** How many ask at one time. */
  readonly readers: number;
}

/** Many who ask and some who change, until stopped. */
export class Traffic {
  readonly chronicle = new Chronicle();
  private readonly callers = new Callers();
  private readonly population = new Population();
  private readonly lives: Promise<unknown>;
  private isOver = false;

  constructor({ crm, asked, told, readers }: TrafficPlan) {
    const { callers, chronicle, population } = this;
    const reader = new Reader({ crm, callers, chronicle, population, asked });
    const writer = new Writer({ crm, callers, chronicle, population, told });
    this.lives = Promise.all([
      ...many(readers, () => this.live(() => reader.readOnce(), THINKS_MS)),
      ...many(WRITERS, () => this.live(() => writer.changeOnce(() => this.isOver), RESTS_MS)),
      this.live(() => this.replaceOne(), 0),
    ]);
    // Whoever fails is heard of when the traffic is stopped.
    this.lives.catch(() => undefined);
  }

  /** Resolves when the last answer has come. */
  async stop(): Promise<void> {
    this.isOver = true;
    try {
      await this.lives;
    } finally {
      this.callers.close();
    }
  }

  private async live(act: () => Promise<void>, restsMs: number): Promise<void> {
    while (!this.isOver) {
      await act();
      await sleep(Math.random() * restsMs);
    }
  }

  private async replaceOne(): Promise<void> {
    await sleep(REPLACES_EVERY_MS);
    this.population.replaceOne();
  }
}

function many<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}
