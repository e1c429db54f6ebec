import type { Availability } from '../../contracts/agent-report.js';

/** States by their ids, which are their places. Wrap-up is none of them: it is the flag `isACW` beside any. */
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
 * Reads an agent's state by its id (0 to 8) or name. Who wraps up is busy, whatever the state says, unless they have gone.
 *
 * @returns absent for a state there is none of
 */
export function parseCxoneState(idOrName: string, isAcw: boolean): CxoneState | undefined {
  const wanted = idOrName
    .trim()
    .toLowerCase()
    .replace(/(?<=[a-z])[\s_-]/g, '');
  const state = STATES.find(({ name }, id) => wanted === String(id) || wanted === name.toLowerCase());
  if (state === undefined) return undefined;
  const wrapsUp = isAcw && state.availability !== 'off';
  return wrapsUp
    ? { availability: 'busy', raw: `${state.name} ACW` }
    : { availability: state.availability, raw: state.name };
}
