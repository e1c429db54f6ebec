import type { Wanted } from '../../../../contracts/skills.js';
import { MAX_BEST_CANDIDATES, MAX_INTERACTION_AGE_MS } from '../skill-claims.js';
import type { AgentKeys } from './agent-keys.js';
import { levelKey } from './redis-memberships.js';
import { requirementArgs } from './requirement-args.js';

/** The queue and the requirements as one text. No name of a skill contains the separators. */
export function placeOf(keys: AgentKeys, queueId: string, { requirements }: Wanted): string {
  return requirements.reduce((place, { skill, minimum }) => `${place}|${skill}:${minimum}`, keys.free(queueId));
}

/** A claim by skill. */
interface WantedCall {
  readonly keys: AgentKeys;
  readonly queueId: string;
  readonly wanted: Wanted;
  /** `true`: for `claim-match.lua`. `false`: for `claim-by-skill.lua`. */
  readonly isMatching: boolean;
}

/** Adds the keys and the arguments that only a claim by skill has. */
export function addWanted(
  { keys, queueId, wanted: { evaluation, requirements, preferred }, isMatching }: WantedCall,
  declared: string[],
  args: (string | number)[],
): void {
  declared.push(keys.members(queueId));
  args.push(evaluation, MAX_BEST_CANDIDATES, MAX_INTERACTION_AGE_MS, ...requirementArgs(requirements));
  if (!isMatching) {
    declared.push(...preferred.map((agentId) => keys.queuesOf(agentId)));
    args.push(...preferred);
    return;
  }
  declared.push(keys.memberBits(queueId), keys.scratch, keys.spare);
  declared.push(...requirements.map((each) => levelKey(keys, each)), ...keys.order);
}
