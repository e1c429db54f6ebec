import {
  type AgentPlatform,
  type AgentReport,
  type Availability,
  wholeState,
} from '../../../contracts/agent-report.js';
import { parseCxoneState } from '../../../vendors/cxone/cxone-states.js';
import {
  genesysStatePart,
  presenceAvailability,
  routingAvailability,
} from '../../../vendors/genesys/genesys-statuses.js';

const OUR_WORDS: Readonly<Record<string, Availability>> = { AVAILABLE: 'free', BUSY: 'busy', OFFLINE: 'off' };
/** Larger is milliseconds: as seconds it would be the year 5138, as milliseconds it is 1973. */
const SECONDS_UP_TO = 100_000_000_000;

/** A status as `POST /events/agent-status` tells it. */
export interface StatusEvent {
  readonly status: string;
  readonly platform: AgentPlatform;
  readonly isAcw: boolean;
  /** Unix seconds or milliseconds. */
  readonly timestamp: number;
}

/**
 * What a status says. Our own three words (any case) tell the whole state; otherwise the platform's: a presence or a routing status
 * of Genesys tells that part, a state of CXone, by name or id, the whole.
 *
 * @returns absent for a word of none of them
 */
export function statusParts({ status, platform, isAcw, timestamp }: StatusEvent): AgentReport['parts'] | undefined {
  const atMs = Math.trunc(timestamp < SECONDS_UP_TO ? timestamp * 1000 : timestamp);
  if (platform === 'cxone') {
    const state = parseCxoneState(status, isAcw);
    return state === undefined ? undefined : wholeState(state.availability, atMs, state.raw);
  }
  const whole = OUR_WORDS[status.trim().toUpperCase()];
  if (whole !== undefined) return wholeState(whole === 'free' && isAcw ? 'busy' : whole, atMs, status.trim());
  switch (genesysStatePart(status)) {
    case 'presence':
      return { presence: { atMs, availability: presenceAvailability(status), raw: status.trim() } };
    case 'routing':
      return { routing: { atMs, availability: routingAvailability(status), raw: status.trim() } };
    case undefined:
      return undefined;
  }
}
