import { z } from 'zod';
import type { DirectorySkill } from '../../contracts/agent-directory.js';

/**
 * A routing skill or a routing language of a user, in the shape of `UserRoutingSkill` and
 * `UserRoutingLanguage` (MyPureCloud/platform-client-sdk-go @62dc270e). The proficiency is 0 to 5,
 * and its absence counts as 0.
 */
const ASSIGNED = z.looseObject({
  name: z.string().min(1),
  proficiency: z.number().min(0).max(5).nullish(),
  state: z.string().nullish(),
});
const LIST = z.array(ASSIGNED);

/**
 * Reads the skills and languages of a user that the request expanded. The platform expands with its
 * best effort, and may leave a list out.
 *
 * @returns `undefined` if one of the two lists is missing
 * @throws {z.ZodError} if a list has another shape
 */
export function userSkills({
  skills,
  languages,
}: Readonly<Record<string, unknown>>): readonly DirectorySkill[] | undefined {
  if (skills === undefined || skills === null || languages === undefined || languages === null) return undefined;
  return [...LIST.parse(skills), ...LIST.parse(languages)].flatMap(({ name, proficiency, state }) =>
    (state ?? 'active').toLowerCase() === 'active' ? [{ name, proficiency: rounded(proficiency ?? 0) }] : [],
  );
}

function rounded(proficiency: number): number {
  return Math.round(proficiency * 100) / 100;
}
