import type { Claim, ClaimResult } from '../agent-store.js';
import type { MatchedBy } from '../../../../contracts/skills.js';

/** Kinds of a `claim-agent.lua` reply. */
export const NO_FREE_AGENT = 0;
export const CLAIMED = 1;
export const REPEATED = 2;
/** Positions, with their agents, that must be settled before the next call; none: call again. */
export const UNSETTLED = 3;
/** Agents whose expired locks must end before the next call. */
export const EXPIRED = 4;
/** Another region is the home of the tenant. */
export const CLOSED = 5;
/** The queue must be indexed before the next call. */
export const NOT_INDEXED = 6;
/** None of the first free agents has the skills: the next call looks at the matches. */
export const NEEDS_MATCHES = 7;

type ClaimedReply = readonly [
  ...[kind: typeof CLAIMED | typeof REPEATED, agentId: string, token: string, fence: string],
  ...[remainingMs: number, lockedQueue: string, pending: 0 | 1],
];

type NoClaimReply = readonly [kind: typeof NO_FREE_AGENT, lacksSkills?: 1] | readonly [kind: typeof CLOSED];

/** The reply of a claim script, as the headers of the two scripts describe it. */
export type ClaimReply =
  | ClaimedReply
  | NoClaimReply
  | readonly [kind: typeof NOT_INDEXED | typeof NEEDS_MATCHES]
  | readonly [kind: typeof UNSETTLED, ...found: string[]]
  | readonly [kind: typeof EXPIRED, ...agentIds: string[]];

/** @param expired locks that expired and were ended by this claim */
export function toClaimResult(reply: ClaimedReply, expired: number): ClaimResult {
  const [kind, agentId, lockToken, fence, lockExpiresInMs, lockedQueue, pending] = reply;
  // The lock of a claim by skill has `<queue>|<rule>|<score>`. No queue id contains the separator.
  const [queueId = '', matchedBy, score] = lockedQueue.split('|');
  const match = matchedBy === undefined ? {} : { matchedBy: matchedBy as MatchedBy, score: Number(score) };
  const claim: Claim = { agentId, lockToken, fence: Number(fence), lockExpiresInMs, queueId, ...match };
  return { kind: kind === CLAIMED ? 'claimed' : 'repeated', claim, pending: pending === 1, expired };
}

export function toNoClaim(reply: NoClaimReply, expired: number): ClaimResult {
  if (reply[0] === CLOSED) return { kind: 'none', isClosed: true, expired };
  return reply[1] === 1 ? { kind: 'none', lacksSkills: true, expired } : { kind: 'none', expired };
}
