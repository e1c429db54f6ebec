import { z } from 'zod';
import { Switchboard } from './switchboard.js';

/** The switches every stand-in system has. */
export const TREATMENT_SWITCHES = z.strictObject({
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
  /** Starts the random numbers over, also when it is set to what it was. Default 1. */
  seed: z.int().min(0).max(0xffff_ffff),
});

/** How a stand-in system treats its callers. A call is treated by the switches as they stood when it arrived. */
export type TreatmentSwitches = Readonly<z.infer<typeof TREATMENT_SWITCHES>>;

export const TREATMENT_DEFAULTS: TreatmentSwitches = {
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
  seed: 1,
};

const BEHAVIOUR = TREATMENT_SWITCHES.extend({
  /** Calls without `Authorization: Bearer <this>` are answered 401 at once; null lets everyone in. Default null. */
  requireToken: z.string().min(1).max(500).nullable(),
});

/** How the stand-in CRM treats its callers. */
export type Behaviour = Readonly<z.infer<typeof BEHAVIOUR>>;

const DEFAULTS: Behaviour = { requireToken: null, ...TREATMENT_DEFAULTS };

export const SWITCHES = Object.keys(DEFAULTS);

/** @param initial what differs from the defaults, also after a reset */
export function crmSwitchboard(initial: Partial<Behaviour>): Switchboard<Behaviour> {
  return new Switchboard(BEHAVIOUR, { ...DEFAULTS, ...initial });
}
