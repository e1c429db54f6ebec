import { z } from 'zod';
import { TREATMENT_DEFAULTS, TREATMENT_SWITCHES } from '../behaviour.js';
import { Switchboard } from '../switchboard.js';

const LOGIN_SWITCHES = TREATMENT_SWITCHES.extend({
  /**
   * `expires_in` of the tokens given from now on, whole seconds up to two days, and how long they are let in. Genesys Cloud gives 300
   * at the least; here 1 is, so that a test sees many lives. Default 86400, as there.
   */
  lifeS: z.int().min(1).max(172_800),
  /** `token_type` of the answer; null leaves it out. Default `bearer`. */
  tokenType: z.string().min(1).max(50).nullable(),
  /** Status of `invalid_client`. Default 401. */
  refusalStatus: z.int().min(400).max(499),
  /** In which way the answer with a token is no good; null is a good one. The token in it is real, where there is one. Default null. */
  broken: z.enum(['notJson', 'noExpiresIn', 'negativeExpiresIn', 'textExpiresIn', 'noAccessToken']).nullable(),
});

/** How a token endpoint treats its callers. */
export type LoginSwitches = Readonly<z.infer<typeof LOGIN_SWITCHES>>;

const DEFAULTS: LoginSwitches = {
  lifeS: 86_400,
  tokenType: 'bearer',
  refusalStatus: 401,
  broken: null,
  ...TREATMENT_DEFAULTS,
};

/** @param initial what differs from the defaults, also after a reset */
export function loginSwitchboard(initial: Partial<LoginSwitches>): Switchboard<LoginSwitches> {
  return new Switchboard(LOGIN_SWITCHES, { ...DEFAULTS, ...initial });
}
