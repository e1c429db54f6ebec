import { OUTBOX_PRELUDE } from '../../../../messaging/outbox/outbox.js';
import { redisScript, type RedisScript } from '../../../../platform/redis/redis-script.js';

const fileOf = (name: string): URL => new URL(`../scripts/${name}.lua`, import.meta.url);
const script = (name: string, file: string, keys: RedisScript['keys'], ...preludes: URL[]): RedisScript =>
  redisScript(name, keys, fileOf(file), fileOf('index'), fileOf('shared'), ...preludes);

/**
 * The Lua scripts of the agent store. The header of each file lists keys, arguments and reply. A
 * script with any number of keys changes an agent in all its queues. Its last keys are the sets of
 * free agents of these queues.
 */
export const CLAIM_AGENT = script('claimAgent', 'claim-agent', 'any', fileOf('claim'));
export const CLAIM_BY_SKILL = script(
  ...(['claimBySkill', 'claim-by-skill', 'any'] as const),
  ...[fileOf('claim'), fileOf('skills'), fileOf('free-order')],
);
export const COUNT_AVAILABLE = script('countAvailableAgents', 'availability', 'any', fileOf('skills'));
export const SET_SKILLS = script('setAgentSkills', 'set-skills', 'any');
export const SET_RULE_SCORES = script('setRuleScores', 'set-rule-scores', 'any', fileOf('membership'));
export const INDEX_MEMBER = script('indexQueueMember', 'index-member', 'any');
export const CLOSE_CLAIMS = script('closeClaims', 'close-claims', 1);
export const SETTLE_AGENT = script('settleAgent', 'settle-agent', 'any');
export const RESOLVE_CLAIM = script('resolveClaim', 'resolve-claim', 'any');
export const CONFIRM_AGENT = script('confirmAgent', 'confirm-agent', 'any');
export const RELEASE_AGENT = script('releaseAgent', 'release-agent', 'any');
export const END_CALL = script('endAgentCall', 'end-call', 'any');
export const APPLY_REPORT = script('applyReport', 'apply-report', 'any', OUTBOX_PRELUDE);
export const MARK_ABSENT = script('markAgentAbsent', 'mark-absent', 'any', OUTBOX_PRELUDE);
export const DELETE_AGENT = script('deleteAgent', 'delete-agent', 'any');
export const JOIN_QUEUE = script('joinQueue', 'join-queue', 'any', fileOf('membership'));
export const LEAVE_QUEUE = script('leaveQueue', 'leave-queue', 'any', fileOf('membership'));
export const READ_LOCKS = script('readAgentLocks', 'read-locks', 1);
export const LIST_KNOWN = script('listKnownAgents', 'list-known-agents', 1);
export const LIST_SILENCED = script('listSilencedAgents', 'list-silenced', 1);
export const LIST_STALE = script('listStaleAgents', 'list-stale', 1);
export const LIST_EXPIRED = script('listExpiredLocks', 'list-expired-locks', 1);

export const AGENT_SCRIPTS: readonly RedisScript[] = [
  ...[CLAIM_AGENT, CLOSE_CLAIMS, SETTLE_AGENT, RESOLVE_CLAIM, CONFIRM_AGENT, RELEASE_AGENT, END_CALL, APPLY_REPORT],
  ...[MARK_ABSENT, DELETE_AGENT, JOIN_QUEUE, LEAVE_QUEUE, READ_LOCKS, LIST_KNOWN, LIST_SILENCED],
  ...[LIST_EXPIRED, LIST_STALE, CLAIM_BY_SKILL, COUNT_AVAILABLE, SET_SKILLS, INDEX_MEMBER, SET_RULE_SCORES],
];
