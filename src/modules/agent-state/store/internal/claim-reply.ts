import type { Claim, ClaimResult } from '../agent-store.js';

/** Kinds of a `claim-agent.lua` reply. */
export const NO_FREE_AGENT = 0;
export const CLAIMED = 1;
export const REPEATED = 2;
/** Positions whose agents must be settled before the next call; none: call again. */
export const UNSETTLED = 3;
/** Agents whose expired locks must end before the next call. */
export const EXPIRED = 4;
/** Another region is the home of the tenant. */
export const CLOSED = 5;

type ClaimedReply = readonly [
  ...[kind: typeof CLAIMED | typeof REPEATED, agentId: string, token: string, fence: string],
  ...[remainingMs: number, queueId: string, pending: 0 | 1],
];

/** The reply of `claim-agent.lua`, as its header describes it. */
export type ClaimReply =
  | ClaimedReply
  | readonly [kind: typeof NO_FREE_AGENT | typeof CLOSED]
  | readonly [kind: typeof UNSETTLED, ...positions: string[]]
  | readonly [kind: typeof EXPIRED, ...agentIds: string[]];

/** @param expired locks that expired and were ended by this claim */
export function toClaimResult(reply: ClaimedReply, expired: number): ClaimResult {
  const [kind, agentId, lockToken, fence, lockExpiresInMs, queueId, pending] = reply;
  const claim: Claim = { agentId, lockToken, fence: Number(fence), lockExpiresInMs, queueId };
  return { kind: kind === CLAIMED ? 'claimed' : 'repeated', claim, pending: pending === 1, expired };
}
