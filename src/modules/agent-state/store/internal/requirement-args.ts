import type { SkillRequirement } from '../../../../contracts/skills.js';

/** The requirements as `skills.lua` reads them: their number, then a mark and a minimum each. */
export function requirementArgs(requirements: readonly SkillRequirement[]): (string | number)[] {
  return [requirements.length, ...requirements.flatMap(({ skill, minimum }) => [`;${skill}=`, minimum])];
}
