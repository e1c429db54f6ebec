import { MAX_PROFICIENCY, MAX_SKILLS_PER_AGENT, requestedSkill, type Skills } from '../../../contracts/skills.js';
import { HttpProblem } from '../../../kernel/errors.js';
import { parseProficiency, shown } from './skill-query.js';

/**
 * Reads declared skills: an object of proficiencies by name. A number may be a text of digits.
 *
 * @throws {HttpProblem} 400 that shows the wrong name
 */
export function parseSkills(declared: object): Skills {
  if (Array.isArray(declared)) throw refused('`skills` must be an object of proficiencies by name');
  const skills = new Map<string, number>();
  for (const [name, value] of Object.entries(declared)) {
    const skill = requestedSkill(name);
    if (skill === undefined) throw refused(`invalid skill ${shown(name)}; a name has 1 to 64 characters`);
    if (skills.has(skill)) throw refused(`the skill ${shown(name)} stands twice in \`skills\``);
    const proficiency = parseProficiency(value);
    if (proficiency === undefined)
      throw refused(`invalid proficiency of ${shown(name)}; allowed: a number, 0 to ${MAX_PROFICIENCY}`);
    skills.set(skill, proficiency);
  }
  if (skills.size > MAX_SKILLS_PER_AGENT)
    throw new HttpProblem('too_many_skills', 400, `too many skills of the agent; allowed: ${MAX_SKILLS_PER_AGENT}`);
  return skills;
}

function refused(title: string): HttpProblem {
  return new HttpProblem('bad_request', 400, title);
}
