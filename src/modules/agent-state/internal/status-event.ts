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

const DATADIP_STATUSES: Readonly<Record<string, Availability>> = { AVAILABLE: 'free', BUSY: 'busy', OFFLINE: 'off' };
/**
 * A larger timestamp is in milliseconds. This value is the year 5138 in seconds, and 1973 in
 * milliseconds.
 */
const SECONDS_UP_TO = 100_000_000_000;

/** @param timestamp Unix seconds or milliseconds */
export function timestampMs(timestamp: number): number {
  return Math.trunc(timestamp < SECONDS_UP_TO ? timestamp * 1000 : timestamp);
}

/** The status in a `POST /events/agent-status` request. */
export interface StatusEvent {
  readonly status: string;
  readonly platform: AgentPlatform;
  readonly isAcw: boolean;
  /** Unix seconds or milliseconds. */
  readonly timestamp: number;
}

/**
 * Translates a status to the parts of an agent's state.
 *
 * Datadip's own three words (in any case) and a CXone state (name or id) set the whole state. A
 * Genesys Cloud presence or routing status sets its own part.
 *
 * @returns `undefined` if the status is not one of these words
 */
export function statusParts({ status, platform, isAcw, timestamp }: StatusEvent): AgentReport['parts'] | undefined {
  const atMs = timestampMs(timestamp);
  if (platform === 'cxone') {
    const state = parseCxoneState(status, isAcw);
    return state === undefined ? undefined : wholeState(state.availability, atMs, state.raw);
  }
  const whole = DATADIP_STATUSES[status.trim().toUpperCase()];
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
