import { z } from 'zod';
import { BROKEN_LIST } from '../agents/broken-list.js';
import { CALL_DEFAULTS, CALL_SWITCHES } from '../behaviour.js';
import { Switchboard } from '../switchboard.js';

const API_SWITCHES = CALL_SWITCHES.extend({
  /**
   * The number of calls admitted per minute; further calls get 429 with `Retry-After`. `null`
   * admits all calls. Default 300, as in Genesys Cloud.
   */
  callsPerMinute: z.int().min(1).max(1_000_000).nullable(),
  /**
   * `client`: all tokens of a client share one minute. `token`: each token has its own minute.
   * Default `client`, the stricter of the two.
   */
  countedBy: z.enum(['client', 'token']),
  /**
   * True: a request for a merged contact gets its canonical contact. False: the request gets the
   * merged contact, which names its canonical contact. Default false.
   */
  resolveMerged: z.boolean(),
  /** The spelling of the presence On Queue. Default `On Queue`. */
  onQueue: z.enum(['On Queue', 'OnQueue', 'ON_QUEUE']),
  /** The fault of the lists of queues and of their members. Default `null`: no fault. */
  brokenList: BROKEN_LIST,
  /**
   * True: a list of a queue's members has `total`, `pageCount` and `lastUri`. The platform's SDK of
   * 2026 has two shapes of this list, and only one of them has these keys. Default true.
   */
  memberTotals: z.boolean(),
});

/** How the platform API treats its calls. */
export type ApiSwitches = Readonly<z.infer<typeof API_SWITCHES>>;

const DEFAULTS: ApiSwitches = {
  callsPerMinute: 300,
  countedBy: 'client',
  resolveMerged: false,
  onQueue: 'On Queue',
  brokenList: null,
  memberTotals: true,
  ...CALL_DEFAULTS,
};

/** @param initial changes to the defaults; a reset restores them */
export function apiSwitchboard(initial: Partial<ApiSwitches>): Switchboard<ApiSwitches> {
  return new Switchboard(API_SWITCHES, { ...DEFAULTS, ...initial });
}
