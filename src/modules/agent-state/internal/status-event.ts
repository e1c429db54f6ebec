import type { AgentPlatform, AgentReport, Verdict } from '../../../contracts/agent-report.js';
import { cxoneState } from '../../../vendors/cxone/cxone-states.js';
import { genesysPart, presenceVerdict, routingVerdict } from '../../../vendors/genesys/genesys-statuses.js';
import { wholeState } from '../../../contracts/whole-state.js';

const OUR_WORDS: Readonly<Record<string, Verdict>> = { AVAILABLE: 'free', BUSY: 'busy', OFFLINE: 'off' };
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
    const state = cxoneState(status, isAcw);
    return state === undefined ? undefined : wholeState(state.verdict, atMs, state.raw);
  }
  const whole = OUR_WORDS[status.trim().toUpperCase()];
  if (whole !== undefined) return wholeState(whole === 'free' && isAcw ? 'busy' : whole, atMs, status.trim());
  switch (genesysPart(status)) {
    case 'presence':
      return { presence: { atMs, verdict: presenceVerdict(status), raw: status.trim() } };
    case 'routing':
      return { routing: { atMs, verdict: routingVerdict(status), raw: status.trim() } };
    case undefined:
      return undefined;
  }
}
