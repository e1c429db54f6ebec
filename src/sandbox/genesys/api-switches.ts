import { z } from 'zod';
import { TREATMENT_DEFAULTS, TREATMENT_SWITCHES } from '../behaviour.js';
import { Switchboard } from '../switchboard.js';

const API_SWITCHES = TREATMENT_SWITCHES.extend({
  /** Calls let in a minute; beyond them 429 with `Retry-After`. Null lets all in. Default 300, the platform's own. */
  callsPerMinute: z.int().min(1).max(1_000_000).nullable(),
  /** Whether all tokens of a client share its calls or each token has its own. Default `client`: the stricter one. */
  countedBy: z.enum(['client', 'token']),
  /** Whether a merged contact is answered by its canonical one. Default false: it is answered itself, and names it. */
  resolveMerged: z.boolean(),
  /** How the presence On Queue is written. Default `On Queue`. */
  onQueue: z.enum(['On Queue', 'OnQueue', 'ON_QUEUE']),
});

/** How the platform API treats its callers. */
export type ApiSwitches = Readonly<z.infer<typeof API_SWITCHES>>;

const DEFAULTS: ApiSwitches = {
  callsPerMinute: 300,
  countedBy: 'client',
  resolveMerged: false,
  onQueue: 'On Queue',
  ...TREATMENT_DEFAULTS,
};

/** @param initial what differs from the defaults, also after a reset */
export function apiSwitchboard(initial: Partial<ApiSwitches>): Switchboard<ApiSwitches> {
  return new Switchboard(API_SWITCHES, { ...DEFAULTS, ...initial });
}
