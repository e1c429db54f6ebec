import type { SkillRequirement } from '../../../../contracts/skills.js';

/** The characters that are special in a pattern of Lua. */
const SPECIAL = /[\^$()%.[\]*+\-?]/g;

/** The requirements as `skills.lua` reads them: their number, then a pattern and a minimum each. */
export function requirementArgs(requirements: readonly SkillRequirement[]): (string | number)[] {
  return [
    requirements.length,
    ...requirements.flatMap(({ skill, minimum }) => [`;${skill.replace(SPECIAL, '%$&')}=([%d.]+)`, minimum]),
  ];
}
