import type { ClaimResult } from '../agent-store.js';

/** Kinds of a `claim-agent.lua` reply. Kind 0: the queue has no free agent. */
type NoFreeAgent = 0;
export const CLAIMED = 1;
export const REPEATED = 2;
export const SEARCH_CONTINUES = 3;

type ClaimedReply = readonly [
  ...[kind: typeof CLAIMED | typeof REPEATED, expired: number, agentId: string, token: string, fence: string],
  ...[remainingMs: number, queueId: string, pending: 0 | 1],
];

/** The reply of `claim-agent.lua`, as its header describes it. */
export type ClaimReply = readonly [kind: NoFreeAgent | typeof SEARCH_CONTINUES, expired: number] | ClaimedReply;

/** @param expired locks that expired and were ended, in this call and in the calls before */
export function toClaimResult(reply: ClaimedReply, expired: number): ClaimResult {
  const [kind, , agentId, lockToken, fence, lockExpiresInMs, queueId, pending] = reply;
  const claim = { agentId, lockToken, fence: Number(fence), lockExpiresInMs, queueId };
  return { kind: kind === CLAIMED ? 'claimed' : 'repeated', claim, pending: pending === 1, expired };
}
