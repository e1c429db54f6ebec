import type { FieldConfig } from '../../../config/sections/lookups/lookup-config.js';
import type { AnswerText } from '../../../contracts/dip.js';
import { answerText, fitsSizeLimit, valueText, type AnswerValue } from './answer-shape.js';

/**
 * The answer of a record, within the size that every platform accepts. If the answer is larger, its
 * longest values become their defaults, one by one; the short values on which flows branch stay.
 * The configuration check makes sure that the defaults fit.
 */
export function boundedAnswer(
  found: ReadonlyMap<string, AnswerValue>,
  fields: ReadonlyMap<string, Pick<FieldConfig, 'default'>>,
  onDefault: (field: string) => void,
): AnswerText {
  const values = new Map(found);
  let text = answerText(true, values);
  if (fitsSizeLimit(text)) return text;
  for (const [name] of [...found].sort(([, a], [, b]) => bytesOf(b) - bytesOf(a))) {
    values.set(name, fields.get(name)?.default ?? '');
    onDefault(name);
    text = answerText(true, values);
    if (fitsSizeLimit(text)) break;
  }
  return text;
}

function bytesOf(value: AnswerValue): number {
  return Buffer.byteLength(valueText(value));
}
