import type { Availability } from '../../contracts/agent-report.js';

/**
 * The agent states; a state's id is its index. Wrap-up is not a state: the flag `isACW` accompanies
 * any state.
 */
const STATES: readonly { readonly name: string; readonly availability: Availability }[] = [
  { name: 'LoggedOut', availability: 'off' },
  { name: 'Available', availability: 'free' },
  { name: 'Unavailable', availability: 'busy' },
  { name: 'InboundContact', availability: 'busy' },
  { name: 'OutboundContact', availability: 'busy' },
  { name: 'InboundConsult', availability: 'busy' },
  { name: 'OutboundConsult', availability: 'busy' },
  { name: 'Dialer', availability: 'busy' },
  { name: 'LoggedIn', availability: 'busy' },
];

export interface CxoneState {
  readonly availability: Availability;
  readonly raw: string;
}

/**
 * Finds an agent's state by its id (0 to 8) or name. An agent in wrap-up is busy in every state
 * except `LoggedOut`.
 *
 * @returns `undefined` if CXone has no such state
 */
export function parseCxoneState(idOrName: string, isAcw: boolean): CxoneState | undefined {
  const key = idOrName
    .trim()
    .toLowerCase()
    .replace(/(?<=[a-z])[\s_-]/g, '');
  const state = STATES.find(({ name }, id) => key === String(id) || key === name.toLowerCase());
  if (state === undefined) return undefined;
  const isWrappingUp = isAcw && state.availability !== 'off';
  return isWrappingUp
    ? { availability: 'busy', raw: `${state.name} ACW` }
    : { availability: state.availability, raw: state.name };
}
