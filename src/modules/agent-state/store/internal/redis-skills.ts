import {
  MAX_PROFICIENCY,
  MAX_SKILLS_PER_AGENT,
  MAX_SKILLS_PER_TENANT,
  type Skills,
} from '../../../../contracts/skills.js';
import { StoreUnavailable } from '../../../../kernel/errors.js';
import type { RedisConnection } from '../../../../platform/redis/redis-connection.js';
import { MAX_AGENTS_PER_TENANT, MAX_CLOCK_AHEAD_MS } from '../agent-store.js';
import type { SkillsChange, SkillsResult } from '../skill-claims.js';
import { AgentKeys } from './agent-keys.js';
import { readSkillsText } from './agent-record.js';
import type { AgentRunner } from './agent-runner.js';
import { SET_SKILLS } from './agent-scripts.js';
import type { LostData } from './lost-data.js';
import {
  areEqual,
  effectiveSkills,
  parseSkills,
  skillDifference,
  skillsText,
  type StoredSkills,
} from './stored-skills.js';

/**
 * How often a change is tried. An attempt is void if the skills changed since they were read. It is
 * also void if the time of the change is ahead of the clock of Redis.
 */
const MAX_ATTEMPTS = 5;
const LEVELS = Array.from({ length: MAX_PROFICIENCY + 1 }, (_, level) => level);

type Done = readonly [kind: 'done', outcome: 'applied' | 'unchanged' | 'older'];
/** As the header of `set-skills.lua` describes them. */
type Refusal =
  | readonly [outcome: 1 | 2]
  | readonly [outcome: 3, room: number, ...newNames: string[]]
  | readonly [outcome: 4, nowMs: number];
type Reply = readonly [outcome: 0] | Refusal | null;

/**
 * Changes the skills of agents in Redis.
 *
 * Race it prevents:
 * 1. A declaration reads the stored skills, and computes the new text and bits.
 * 2. A reading of the platform changes the skills.
 * 3. The declaration writes, and deletes what step 2 wrote. The script compares the stored text
 *    with the text of step 1, changes nothing, and the declaration is computed again.
 */
export class RedisSkills {
  constructor(
    private readonly connection: RedisConnection,
    private readonly runner: AgentRunner,
    private readonly lostData: LostData,
  ) {}

  async read(tenant: string, agentId: string): Promise<Skills> {
    return effectiveSkills(parseSkills(await readSkillsText(this.connection, AgentKeys.of(tenant), agentId)));
  }

  async set(change: SkillsChange): Promise<SkillsResult> {
    const isDeclared = change.source === 'declared';
    if (isDeclared && change.skills.size > MAX_SKILLS_PER_AGENT) return refused('too-many-skills');
    let wanted = [...change.skills].slice(0, MAX_SKILLS_PER_AGENT);
    let { atMs } = change;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const skills = new Map(wanted);
      const reply = await this.setOnce({ ...change, atMs, skills });
      switch (reply?.[0]) {
        case 'done':
          return { outcome: reply[1], dropped: change.skills.size - skills.size };
        case 1:
          return refused('too-many-agents');
        case 2:
          return refused('store-full');
        case 3:
          if (isDeclared) return refused('too-many-skills');
          wanted = wanted.filter(([name]) => !reply.slice(2 + reply[1]).includes(name));
          break;
        case 4:
          [, atMs] = reply;
          break;
        case undefined:
          break;
      }
    }
    throw new StoreUnavailable('the skills of the agent changed at every attempt');
  }

  private async setOnce({ tenant, agentId, source, skills, atMs }: SkillsChange): Promise<Done | Refusal | null> {
    const keys = AgentKeys.of(tenant);
    const text = await readSkillsText(this.connection, keys, agentId);
    const stored = parseSkills(text);
    const before = stored[source];
    if (before !== undefined && atMs < before.atMs) return ['done', 'older'];
    const reply = await this.replace(keys, agentId, text, { ...stored, [source]: { atMs, skills } }, atMs);
    if (reply?.[0] !== 0) return reply;
    return ['done', before !== undefined && areEqual(before.skills, skills) ? 'unchanged' : 'applied'];
  }

  private async replace(
    keys: AgentKeys,
    agentId: string,
    text: string,
    after: StoredSkills,
    atMs: number,
  ): Promise<Reply> {
    const effective = effectiveSkills(after);
    const { lost, got, bits } = skillDifference(effectiveSkills(parseSkills(text)), effective);
    const ofAgent = [keys.agent(agentId), keys.queuesOf(agentId), keys.locks, ...keys.index];
    const ofTenant = [keys.ordinals, keys.skillNames];
    const lostBits = lost.flatMap((name) => LEVELS.map((level) => keys.skill(name, level)));
    const declared = [
      ...ofAgent,
      ...ofTenant,
      ...lostBits,
      ...bits.map(({ skill, level }) => keys.skill(skill, level)),
    ];
    const limits = [this.lostData.staleAfterMs(keys), MAX_AGENTS_PER_TENANT, MAX_SKILLS_PER_TENANT];
    const counts = [lost.length, got.length, bits.map(({ bit }) => bit).join('')];
    const args = [agentId, text, skillsText(after), ...limits, ...counts, atMs, MAX_CLOCK_AHEAD_MS, ...lost, ...got];
    return (await this.runner.call(SET_SKILLS, declared, args)) as Reply;
  }
}

function refused(outcome: SkillsResult['outcome']): SkillsResult {
  return { outcome, dropped: 0 };
}
