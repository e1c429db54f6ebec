import type { Verdict } from '../../contracts/agent-report.js';

/** States by their ids, which are their places. Wrap-up is none of them: it is the flag `isACW` beside any. */
const STATES: readonly { readonly name: string; readonly verdict: Verdict }[] = [
  { name: 'LoggedOut', verdict: 'off' },
  { name: 'Available', verdict: 'free' },
  { name: 'Unavailable', verdict: 'busy' },
  { name: 'InboundContact', verdict: 'busy' },
  { name: 'OutboundContact', verdict: 'busy' },
  { name: 'InboundConsult', verdict: 'busy' },
  { name: 'OutboundConsult', verdict: 'busy' },
  { name: 'Dialer', verdict: 'busy' },
  { name: 'LoggedIn', verdict: 'busy' },
];

export interface CxoneState {
  readonly verdict: Verdict;
  readonly raw: string;
}

/**
 * Reads an agent's state by its id (0 to 8) or name. Who wraps up is busy, whatever the state says, unless they have gone.
 *
 * @returns absent for a state there is none of
 */
export function cxoneState(idOrName: string, isAcw: boolean): CxoneState | undefined {
  const wanted = idOrName
    .trim()
    .toLowerCase()
    .replace(/(?<=[a-z])[\s_-]/g, '');
  const state = STATES.find(({ name }, id) => wanted === String(id) || wanted === name.toLowerCase());
  if (state === undefined) return undefined;
  const wrapsUp = isAcw && state.verdict !== 'off';
  return wrapsUp ? { verdict: 'busy', raw: `${state.name} ACW` } : { verdict: state.verdict, raw: state.name };
}
