import { z } from 'zod';
import { complaintOf } from './complaint.js';
import { Refusal } from './exchange.js';
import { seededRandom, type Random } from './seeded-random.js';

const BEHAVIOUR = z.strictObject({
  /** Median service time of a call, up to a minute; 0 answers at once. Default 150: a CRM on a good day. */
  latencyMs: z.number().min(0).max(60_000),
  /** Spread of the log-normal service time; 0 makes it constant. Default 0.2: one call in forty takes half as long again. */
  latencySigma: z.number().min(0).max(3),
  /** Calls in flight beyond which every call is slower; null is a system without a knee. Default null. */
  knee: z.int().min(1).max(100_000).nullable(),
  /**
   * How steeply: service time is multiplied by (inFlight / knee) ^ gamma. At 1 the throughput stays level beyond the knee, above 1
   * it falls. Default 1.6: more load means less work done, the case a limiter is for.
   */
  gamma: z.number().min(0).max(10),
  /** Share of the calls that fail with `failureStatus` after their service time; 1 is all of them. Default 0. */
  failureRate: z.number().min(0).max(1),
  /** Default 500. */
  failureStatus: z.int().min(400).max(599),
  /** `Retry-After` of failures, in seconds because the header demands it; null sends none. Default null. */
  retryAfterS: z.int().min(0).max(86_400).nullable(),
  /** Takes the call and never answers. Default false. */
  hang: z.boolean(),
  /** Sends the answer chunked, one byte every 100 ms. Default false. */
  trickle: z.boolean(),
  /** Announces the whole body, sends half of it and destroys the socket. Goes before `trickle`. Default false. */
  closeHalfway: z.boolean(),
  /** Destroys the socket of each call at once. Goes before everything else. Default false. */
  refuse: z.boolean(),
  /** Calls without `Authorization: Bearer <this>` are answered 401 at once; null lets everyone in. Default null. */
  requireToken: z.string().min(1).max(500).nullable(),
  /** Starts the random numbers over, also when it is set to what it was. Default 1. */
  seed: z.int().min(0).max(0xffff_ffff),
});

/** How the stand-in CRM treats its callers. A call is treated by the switches as they stood when it arrived. */
export type Behaviour = Readonly<z.infer<typeof BEHAVIOUR>>;

const DEFAULTS: Behaviour = {
  latencyMs: 150,
  latencySigma: 0.2,
  knee: null,
  gamma: 1.6,
  failureRate: 0,
  failureStatus: 500,
  retryAfterS: null,
  hang: false,
  trickle: false,
  closeHalfway: false,
  refuse: false,
  requireToken: null,
  seed: 1,
};

export const SWITCHES = Object.keys(DEFAULTS);

/** Holds the switches, and the random numbers that belong to their seed. */
export class Switchboard {
  private readonly initial: Behaviour;
  private held: Behaviour;
  private numbers: Random;

  /** @param initial what differs from the defaults, also after a reset */
  constructor(initial: Partial<Behaviour>) {
    this.initial = merged(DEFAULTS, initial);
    this.held = this.initial;
    this.numbers = seededRandom(this.held.seed);
  }

  get behaviour(): Behaviour {
    return this.held;
  }

  get random(): Random {
    return this.numbers;
  }

  /** All of it or, with a refusal, nothing. */
  change(change: object): Behaviour {
    this.held = merged(this.held, change);
    if ('seed' in change) this.numbers = seededRandom(this.held.seed);
    return this.held;
  }

  reset(): Behaviour {
    this.held = this.initial;
    this.numbers = seededRandom(this.held.seed);
    return this.held;
  }
}

function merged(behaviour: Behaviour, change: object): Behaviour {
  const parsed = BEHAVIOUR.safeParse({ ...behaviour, ...change });
  if (!parsed.success) throw new Refusal(400, complaintOf(parsed.error));
  return parsed.data;
}
