import type { z } from 'zod';
import { seededRandom, type Random } from './seeded-random.js';
import { validate } from './validation.js';

/** Holds the switches of one simulated system, and the random numbers of their seed. */
export class Switchboard<Switches extends { readonly seed: number }> {
  private current: Switches;
  private generator: Random;

  /** @param initial the switches at the start and after a reset */
  constructor(
    private readonly schema: z.ZodType<Switches>,
    private readonly initial: Switches,
  ) {
    this.current = this.merged(initial, {});
    this.generator = seededRandom(this.current.seed);
  }

  get behaviour(): Switches {
    return this.current;
  }

  get random(): Random {
    return this.generator;
  }

  /** Merges the change into the switches. A refused change changes nothing. */
  change(change: object): Switches {
    this.current = this.merged(this.current, change);
    if ('seed' in change) this.generator = seededRandom(this.current.seed);
    return this.current;
  }

  reset(): Switches {
    this.current = this.initial;
    this.generator = seededRandom(this.current.seed);
    return this.current;
  }

  private merged(switches: Switches, change: object): Switches {
    return validate(this.schema, { ...switches, ...change });
  }
}
