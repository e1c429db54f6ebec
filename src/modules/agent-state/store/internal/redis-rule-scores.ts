import type { RedisConnection } from '../../../../platform/redis/redis-connection.js';
import { MAX_AGENTS_PER_TENANT } from '../agent-store.js';
import { priorityDigits } from '../queue-position.js';
import { callsOn, type RuleRecord, type RuleScores } from '../rule-scores.js';
import { AgentKeys } from './agent-keys.js';
import { ORDINAL_FIELD } from './agent-queues.js';
import { readSkillsText } from './agent-record.js';
import type { AgentRunner } from './agent-runner.js';
import { SET_RULE_SCORES } from './agent-scripts.js';
import { effectiveSkills, parseSkills } from './stored-skills.js';

/**
 * How long the facts of the rule are kept after the last change, in milliseconds: 30 days, as for
 * agents. The next reading, or the next call, stores them again.
 */
const PROFILES_TTL_MS = 2_592_000_000;
/** Two per agent: the date of hire, and the calls. */
const MAX_FIELDS = 2 * MAX_AGENTS_PER_TENANT;
/** Characters of a score in a membership, as `scripts/shared.lua` describes it. */
const SCORE_LENGTH = 10;
const MEMBERSHIP = /^[\d.]+([urbc]?)/;

/** Reads what `agents.priority` computes from, and writes its scores, in Redis. */
export class RedisRuleScores {
  constructor(
    private readonly connection: RedisConnection,
    private readonly runner: AgentRunner,
  ) {}

  async read(keys: AgentKeys, agentId: string, day: string): Promise<RuleRecord> {
    const { profiles } = keys;
    const queuesKey = keys.queuesOf(agentId);
    const [skillsText, [hiredOn, calls], queues] = await Promise.all([
      readSkillsText(this.connection, keys, agentId),
      this.connection.run((client) => client.hmget(profiles, agentId, `:${agentId}`), profiles),
      this.connection.run((client) => client.hgetall(queuesKey), queuesKey),
    ]);
    const version = [skillsText, hiredOn ?? '', calls ?? ''] as const;
    return {
      version,
      skills: effectiveSkills(parseSkills(version[0])),
      hiredOn: hiredOn ?? undefined,
      callsToday: callsOn(version[2], day),
      scores: new Map(
        Object.entries(queues).flatMap(([queueId, text]): [string, number][] => {
          const score = queueId === ORDINAL_FIELD ? undefined : ruleScoreOf(text);
          return score === undefined ? [] : [[queueId, score]];
        }),
      ),
    };
  }

  async set({ tenant, agentId, version, scores }: RuleScores): Promise<number | undefined> {
    const keys = AgentKeys.of(tenant);
    const queues = [...scores.keys()];
    const ofAgent = [keys.agent(agentId), keys.queuesOf(agentId), keys.locks, keys.roster, keys.profiles];
    const declared = [...ofAgent, ...queues.flatMap((queueId) => [keys.members(queueId), keys.free(queueId)])];
    const args = [...scores].flatMap(([queueId, score]) => [queueId, priorityDigits(score)]);
    const changed = (await this.runner.call(SET_RULE_SCORES, declared, [agentId, ...version, ...args])) as number;
    return changed < 0 ? undefined : changed;
  }

  async setHireDate({ profiles }: AgentKeys, agentId: string, hiredOn: string | undefined): Promise<boolean> {
    const before = await this.connection.run((client) => client.hget(profiles, agentId), profiles);
    if ((before ?? undefined) === hiredOn) return false;
    if (before === null && (await this.isFull(profiles))) return false;
    await this.connection.run(
      (client) => (hiredOn === undefined ? client.hdel(profiles, agentId) : client.hset(profiles, agentId, hiredOn)),
      profiles,
    );
    await this.connection.run((client) => client.pexpire(profiles, PROFILES_TTL_MS), profiles);
    return true;
  }

  private async isFull(profiles: string): Promise<boolean> {
    return (await this.connection.run((client) => client.hlen(profiles), profiles)) >= MAX_FIELDS;
  }
}

/** @returns `undefined` if the membership has only a declared score */
function ruleScoreOf(membership: string): number | undefined {
  const [, letter] = MEMBERSHIP.exec(membership) ?? [];
  if (letter === undefined || letter === '') return undefined;
  return Number(letter === 'b' ? membership.slice(-SCORE_LENGTH) : membership.slice(0, SCORE_LENGTH));
}
