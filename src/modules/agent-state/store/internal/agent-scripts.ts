import { redisScript, type RedisScript } from '../../../../platform/redis/redis-script.js';

const script = (name: string, file: string): RedisScript =>
  redisScript(
    name,
    1,
    new URL(`../scripts/${file}.lua`, import.meta.url),
    new URL('../scripts/shared.lua', import.meta.url),
  );

/**
 * The Lua scripts of the agent store. The header of each file lists its arguments and its reply.
 */
export const CLAIM_AGENT = script('claimAgent', 'claim-agent');
export const RESOLVE_CLAIM = script('resolveClaim', 'resolve-claim');
export const CONFIRM_AGENT = script('confirmAgent', 'confirm-agent');
export const RELEASE_AGENT = script('releaseAgent', 'release-agent');
export const END_CALL = script('endAgentCall', 'end-call');
export const APPLY_REPORT = script('applyReport', 'apply-report');
export const MARK_ABSENT = script('markAgentAbsent', 'mark-absent');
export const JOIN_QUEUE = script('joinQueue', 'join-queue');
export const LEAVE_QUEUE = script('leaveQueue', 'leave-queue');
export const READ_AGENT = script('readAgent', 'read-agent');
export const READ_QUEUE = script('readQueue', 'read-queue');
export const LIST_NOT_REPORTED = script('listNotReportedAgents', 'list-not-reported-agents');
export const SWEEP_AGENTS = script('sweepAgents', 'sweep-agents');

export const AGENT_SCRIPTS: readonly RedisScript[] = [
  ...[CLAIM_AGENT, RESOLVE_CLAIM, CONFIRM_AGENT, RELEASE_AGENT, END_CALL, APPLY_REPORT, MARK_ABSENT],
  ...[JOIN_QUEUE, LEAVE_QUEUE, READ_AGENT, READ_QUEUE, LIST_NOT_REPORTED, SWEEP_AGENTS],
];

/**
 * The tenant's hash tag: all keys of a tenant are in one cluster slot, so one script can use all of
 * them.
 */
export function hashTag(tenant: string): string {
  return `{${tenant}}`;
}

/** `shared.lua` builds the same keys. A sealed call id opens only at the key it was sealed for. */
export function agentKey(tenant: string, agentId: string): string {
  return `agent:${hashTag(tenant)}:${agentId}`;
}

export function callKey(tenant: string, callHash: string): string {
  return `agent-call:${hashTag(tenant)}:${callHash}`;
}

export function leasesKey(tenant: string): string {
  return `agents:${hashTag(tenant)}:leases`;
}
