import { z } from 'zod';
import { BROKEN_LIST } from '../agents/broken-list.js';
import { CALL_DEFAULTS, CALL_SWITCHES } from '../behaviour.js';
import { Switchboard } from '../switchboard.js';

const API_SWITCHES = CALL_SWITCHES.extend({
  /** The fault of the lists of skills. Default `null`: no fault. */
  brokenList: BROKEN_LIST,
});

/** How the API of CXone treats its calls. */
export type ApiSwitches = Readonly<z.infer<typeof API_SWITCHES>>;

/** @param initial changes to the defaults; a reset restores them */
export function apiSwitchboard(initial: Partial<ApiSwitches>): Switchboard<ApiSwitches> {
  return new Switchboard(API_SWITCHES, { brokenList: null, ...CALL_DEFAULTS, ...initial });
}
