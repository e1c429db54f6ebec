import { hash } from 'node:crypto';

/** `2-`, 16 digits of the origin, `-`. The fields follow, `FIELD_LENGTH` characters each. */
const HEAD_LENGTH = 19;
const FIELD_LENGTH = 8;
/** The first characters of a field stand for its name, the others for its name and declaration. */
const NAME_LENGTH = 3;

/**
 * How much a value of one format answers under another format.
 *
 * - `none`: a common field has another declaration, or the value comes from another origin, or no
 *   field is common.
 * - `whole`: the value has all fields.
 * - `fewer`: the value lacks fields, and has no others.
 * - `mixed`: the value lacks fields, and has others.
 */
export type FormatFit = 'none' | 'whole' | 'fewer' | 'mixed';

/**
 * Names the format of stored answers. `formatFit` and `read-entries.lua` know the layout of the
 * name. A name has 19 characters and 8 per field.
 *
 * @param origin everything that decides which record is read
 * @param fields name and declaration of each field
 */
export function answerFormatName(
  generation: number,
  origin: unknown,
  fields: readonly (readonly [name: string, declaration: unknown])[],
): string {
  const ofFields = fields.map(
    ([name, declaration]) =>
      digest(name).slice(0, NAME_LENGTH) +
      digest(JSON.stringify([name, declaration])).slice(0, FIELD_LENGTH - NAME_LENGTH),
  );
  return `${generation}-${hash('sha256', JSON.stringify(origin), 'hex').slice(0, 16)}-${ofFields.join('')}`;
}

/**
 * How much a value of the format `stored` answers under the format `wanted`. Two names of
 * fields may have the same three characters, in one of 262,144 cases. The result is then `none`.
 */
export function formatFit(stored: string, wanted: string): FormatFit {
  if (stored.slice(0, HEAD_LENGTH) !== wanted.slice(0, HEAD_LENGTH)) return 'none';
  const declared = new Map(fieldsOf(stored));
  const fields = fieldsOf(wanted);
  let common = 0;
  for (const [name, shape] of fields) {
    const has = declared.get(name);
    if (has !== undefined && has !== shape) return 'none';
    if (has !== undefined) common += 1;
  }
  if (common === 0) return 'none';
  if (common === fields.length) return 'whole';
  return common === declared.size ? 'fewer' : 'mixed';
}

function fieldsOf(format: string): (readonly [name: string, shape: string])[] {
  const fields: [string, string][] = [];
  for (let at = HEAD_LENGTH; at < format.length; at += FIELD_LENGTH)
    fields.push([format.slice(at, at + NAME_LENGTH), format.slice(at + NAME_LENGTH, at + FIELD_LENGTH)]);
  return fields;
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url');
}
