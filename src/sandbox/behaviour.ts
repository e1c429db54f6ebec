import { z } from 'zod';
import { Switchboard } from './switchboard.js';

/** The switches that every simulated system has. */
export const CALL_SWITCHES = z.strictObject({
  /**
   * Median service time of a call, in milliseconds, at most one minute. 0 answers immediately.
   * Default 150: a CRM without load.
   */
  latencyMs: z.number().min(0).max(60_000),
  /**
   * Spread of the log-normal service time. 0 makes the service time constant.
   * Default 0.2: one call in 40 takes 1.5 times the median or longer.
   */
  latencySigma: z.number().min(0).max(3),
  /**
   * The number of calls in flight above which every call is slower. `null` means that load does not
   * slow the system. Default `null`.
   */
  knee: z.int().min(1).max(100_000).nullable(),
  /**
   * Above the knee, the service time is multiplied by (inFlight / knee) ^ gamma. At 1 the
   * throughput stays constant above the knee; above 1 it falls. Default 1.6: more load means less
   * work done, which is the case that needs a limiter.
   */
  gamma: z.number().min(0).max(10),
  /**
   * The share of calls that fail with `failureStatus` after their service time. 1 means all calls.
   * Default 0.
   */
  failureRate: z.number().min(0).max(1),
  /**
   * The HTTP status of failures: 400 to 599, or 200 for a system that reports errors in answers of
   * success. Default 500.
   */
  failureStatus: z.union([z.literal(200), z.int().min(400).max(599)]),
  /**
   * The body of failures: the JSON of the system, the page of a proxy in HTML, the text of a
   * default back end, or nothing. Default `json`.
   */
  failureBody: z.enum(['json', 'html', 'text', 'empty']),
  /**
   * `Retry-After` of failures, in seconds, as the header requires. `null` sends no header.
   * Default `null`.
   */
  retryAfterS: z.int().min(0).max(86_400).nullable(),
  /** Accepts the call and never answers. Default false. */
  hang: z.boolean(),
  /** Sends the answer chunked, one byte every 100 ms. Default false. */
  trickle: z.boolean(),
  /**
   * Announces the whole body, sends half of the body and destroys the socket. Overrides `trickle`.
   * Default false.
   */
  closeHalfway: z.boolean(),
  /** Destroys the socket of each call immediately. Overrides all other switches. Default false. */
  refuse: z.boolean(),
  /** Restarts the random numbers, even if the value does not change. Default 1. */
  seed: z.int().min(0).max(0xffff_ffff),
});

/**
 * How a simulated system treats its calls. The switches at the arrival of a call decide about it.
 */
export type CallSwitches = Readonly<z.infer<typeof CALL_SWITCHES>>;

export const CALL_DEFAULTS: CallSwitches = {
  latencyMs: 150,
  latencySigma: 0.2,
  knee: null,
  gamma: 1.6,
  failureRate: 0,
  failureStatus: 500,
  failureBody: 'json',
  retryAfterS: null,
  hang: false,
  trickle: false,
  closeHalfway: false,
  refuse: false,
  seed: 1,
};

const BEHAVIOUR = CALL_SWITCHES.extend({
  /**
   * A call without `Authorization: Bearer <this>` gets 401 immediately. `null` admits every call.
   * Default `null`.
   */
  requireToken: z.string().min(1).max(500).nullable(),
});

/** How the simulated CRM treats its calls. */
export type Behaviour = Readonly<z.infer<typeof BEHAVIOUR>>;

const DEFAULTS: Behaviour = { requireToken: null, ...CALL_DEFAULTS };

export const SWITCHES = Object.keys(DEFAULTS);

/** @param initial changes to the defaults; a reset restores them */
export function crmSwitchboard(initial: Partial<Behaviour>): Switchboard<Behaviour> {
  return new Switchboard(BEHAVIOUR, { ...DEFAULTS, ...initial });
}
