import type { z } from 'zod';
import { complaintOf } from './complaint.js';
import { Refusal } from './exchange.js';
import { seededRandom, type Random } from './seeded-random.js';

/** Holds the switches of one stand-in system, and the random numbers that belong to their seed. */
export class Switchboard<Switches extends { readonly seed: number }> {
  private held: Switches;
  private numbers: Random;

  /** @param initial how they stand at the start, and after a reset */
  constructor(
    private readonly schema: z.ZodType<Switches>,
    private readonly initial: Switches,
  ) {
    this.held = this.merged(initial, {});
    this.numbers = seededRandom(this.held.seed);
  }

  get behaviour(): Switches {
    return this.held;
  }

  get random(): Random {
    return this.numbers;
  }

  /** All of it or, with a refusal, nothing. */
  change(change: object): Switches {
    this.held = this.merged(this.held, change);
    if ('seed' in change) this.numbers = seededRandom(this.held.seed);
    return this.held;
  }

  reset(): Switches {
    this.held = this.initial;
    this.numbers = seededRandom(this.held.seed);
    return this.held;
  }

  private merged(switches: Switches, change: object): Switches {
    const parsed = this.schema.safeParse({ ...switches, ...change });
    if (!parsed.success) throw new Refusal(400, complaintOf(parsed.error));
    return parsed.data;
  }
}
