/** Checks that each text of an origin can be filled by one alternative of the key. */
import { plain } from '../../schema/scalars.js';
import type { Finding, Path } from '../../yaml/finding.js';
import { bodyTemplate, keptTexts, textsOf, type BodyText } from './body-template.js';
import { bodyMap } from './body-value.js';
import type { LookupSketch } from './lookup-schema.js';
import { parseTemplate, templateInputs, type Template } from './template.js';

/** The inputs of each alternative of a key. */
type Alternatives = readonly (readonly string[])[];

const NEVER_TOGETHER =
  'can never be filled: one alternative of key is sent; declare the inputs as `all`, or write a text or list item for each';

/**
 * The request gives the inputs of one alternative. A text that needs more is never sent, and the
 * system would answer a request without the caller's identifier.
 *
 * @param path the place of the origin
 */
export function unsentFindings(
  { query, body }: NonNullable<LookupSketch['origin']>,
  path: Path,
  alternatives: Alternatives,
): Finding[] {
  if (alternatives.length < 2) return [];
  const texts = Object.entries(query ?? {}).flatMap(([name, values = []]) =>
    values.map((text): BodyText => ({ path: ['query', name], template: parseTemplate(text) })),
  );
  const unsent = [
    ...texts.filter(({ template }) => !alternatives.some((given) => isFilled(template, given, alternatives))),
    ...unsentInBody(body, alternatives),
  ];
  return unsent.map(({ path: at, template }): Finding => {
    const detail = templateInputs(template).map((input) => `{${input}}`);
    return { path: [...path, ...at], message: NEVER_TOGETHER, detail: detail.join(', ') };
  });
}

/** An input that is no key input has its own finding. */
function isFilled(template: Template, given: readonly string[], alternatives: Alternatives): boolean {
  const ofKey = alternatives.flat();
  return templateInputs(template).every((input) => given.includes(input) || !ofKey.includes(input));
}

/** A malformed body has its own findings. */
function unsentInBody(given: unknown, alternatives: Alternatives): readonly BodyText[] {
  const value = bodyMap.safeParse(plain(given)).data;
  if (value === undefined) return [];
  const body = bodyTemplate({ kind: 'json', value });
  const ofKey = alternatives.flat();
  const kept = new Set(
    alternatives.flatMap((inputs) => keptTexts(body, (input) => inputs.includes(input) || !ofKey.includes(input))),
  );
  const unsent = textsOf(body).filter((text) => templateInputs(text.template).length > 0 && !kept.has(text));
  return unsent.map(({ path, template }) => ({ path: ['body', ...path], template }));
}
