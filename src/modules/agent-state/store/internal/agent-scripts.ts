import { OUTBOX_PRELUDE } from '../../../../messaging/outbox/outbox.js';
import { redisScript, type RedisScript } from '../../../../platform/redis/redis-script.js';

const fileOf = (name: string): URL => new URL(`../scripts/${name}.lua`, import.meta.url);
const COMMON = [fileOf('index'), fileOf('shared')];
const OF_CHANGES = [fileOf('index-changes'), fileOf('positions')];
const script = (name: string, file: string, keys: RedisScript['keys'], ...preludes: URL[]): RedisScript =>
  redisScript(name, keys, fileOf(file), ...COMMON, ...preludes);
/** A script that changes agents. */
const change = (name: string, file: string, ...preludes: URL[]): RedisScript =>
  script(name, file, 'any', ...OF_CHANGES, ...preludes);

/**
 * The Lua scripts of the agent store. The header of each file lists keys, arguments and reply. A
 * script with any number of keys changes an agent in all its queues. Its last keys are the sets of
 * free agents of these queues.
 */
export const CLAIM_AGENT = script('claimAgent', 'claim-agent', 'any', fileOf('claim'));
const OF_SKILL_CLAIMS = [fileOf('claim'), fileOf('skills'), fileOf('claim-wanted')];
export const CLAIM_BY_SKILL = script('claimBySkill', 'claim-by-skill', 'any', ...OF_SKILL_CLAIMS);
export const CLAIM_MATCH = script(
  ...(['claimMatch', 'claim-match', 'any', ...OF_SKILL_CLAIMS] as const),
  ...[fileOf('matches'), fileOf('free-order')],
);
export const COUNT_AVAILABLE = script(
  ...(['countAvailableAgents', 'availability', 'any'] as const),
  ...[fileOf('skills'), fileOf('matches')],
);
export const SET_SKILLS = change('setAgentSkills', 'set-skills');
export const SET_RULE_SCORES = change('setRuleScores', 'set-rule-scores', fileOf('membership'));
export const INDEX_MEMBER = change('indexQueueMember', 'index-member');
export const CLOSE_CLAIMS = script('closeClaims', 'close-claims', 1);
export const SETTLE_AGENT = change('settleAgent', 'settle-agent');
export const RESOLVE_CLAIM = change('resolveClaim', 'resolve-claim');
export const CONFIRM_AGENT = script('confirmAgent', 'confirm-agent', 'any');
export const RELEASE_AGENT = change('releaseAgent', 'release-agent');
export const END_CALL = change('endAgentCall', 'end-call');
export const APPLY_REPORT = change('applyReport', 'apply-report', OUTBOX_PRELUDE);
export const MARK_ABSENT = change('markAgentAbsent', 'mark-absent', OUTBOX_PRELUDE);
export const DELETE_AGENT = change('deleteAgent', 'delete-agent');
export const JOIN_QUEUE = change('joinQueue', 'join-queue', fileOf('membership'));
export const LEAVE_QUEUE = change('leaveQueue', 'leave-queue', fileOf('membership'));
export const READ_LOCKS = script('readAgentLocks', 'read-locks', 1);
export const LIST_KNOWN = script('listKnownAgents', 'list-known-agents', 1);
export const LIST_SILENCED = script('listSilencedAgents', 'list-silenced', 1);
export const LIST_STALE = script('listStaleAgents', 'list-stale', 1);
export const LIST_EXPIRED = script('listExpiredLocks', 'list-expired-locks', 1);

export const AGENT_SCRIPTS: readonly RedisScript[] = [
  ...[CLAIM_AGENT, CLOSE_CLAIMS, SETTLE_AGENT, RESOLVE_CLAIM, CONFIRM_AGENT, RELEASE_AGENT, END_CALL, APPLY_REPORT],
  ...[MARK_ABSENT, DELETE_AGENT, JOIN_QUEUE, LEAVE_QUEUE, READ_LOCKS, LIST_KNOWN, LIST_SILENCED],
  ...[
    LIST_EXPIRED,
    LIST_STALE,
    CLAIM_BY_SKILL,
    CLAIM_MATCH,
    COUNT_AVAILABLE,
    SET_SKILLS,
    INDEX_MEMBER,
    SET_RULE_SCORES,
  ],
];
