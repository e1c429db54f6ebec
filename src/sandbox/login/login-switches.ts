import { z } from 'zod';
import { CALL_DEFAULTS, CALL_SWITCHES } from '../behaviour.js';
import { Switchboard } from '../switchboard.js';

const LOGIN_SWITCHES = CALL_SWITCHES.extend({
  /**
   * The life of tokens issued from now on, and their `expires_in`: whole seconds, at most two days.
   * The minimum of Genesys Cloud is 300; the minimum here is 1, so that a test sees many lives.
   * Default 86400, as in Genesys Cloud.
   */
  lifeS: z.int().min(1).max(172_800),
  /** `token_type` of the answer. `null` omits it. Default `bearer`. */
  tokenType: z.string().min(1).max(50).nullable(),
  /** The HTTP status of `invalid_client`. Default 401. */
  refusalStatus: z.int().min(400).max(499),
  /**
   * The defect of the answer with a token. A token in a broken answer is a real one. `null` sends a
   * correct answer. Default `null`.
   */
  broken: z.enum(['notJson', 'noExpiresIn', 'negativeExpiresIn', 'textExpiresIn', 'noAccessToken']).nullable(),
});

/** How a token endpoint treats its calls. */
export type LoginSwitches = Readonly<z.infer<typeof LOGIN_SWITCHES>>;

const DEFAULTS: LoginSwitches = {
  lifeS: 86_400,
  tokenType: 'bearer',
  refusalStatus: 401,
  broken: null,
  ...CALL_DEFAULTS,
};

/** @param initial changes to the defaults; a reset restores them */
export function loginSwitchboard(initial: Partial<LoginSwitches>): Switchboard<LoginSwitches> {
  return new Switchboard(LOGIN_SWITCHES, { ...DEFAULTS, ...initial });
}
