import type { FieldConfig, FieldValue } from '../../../config/config.js';
import type { AnswerText } from '../../../contracts/dip.js';
import { answerText, smallEnough } from './answer-shape.js';

/**
 * The answer of a record, small enough for every platform: where it is not, its longest texts give way to their defaults, one after the
 * other. What a flow branches on is short and stays. The defaults alone fit, which is checked when the file is read.
 */
export function boundedAnswer(
  found: ReadonlyMap<string, FieldValue>,
  fields: ReadonlyMap<string, Pick<FieldConfig, 'default'>>,
): AnswerText {
  const values = new Map(found);
  let text = answerText(true, values);
  if (smallEnough(text)) return text;
  for (const [name] of [...found].sort(([, a], [, b]) => bytesOf(b) - bytesOf(a))) {
    values.set(name, fields.get(name)?.default ?? '');
    text = answerText(true, values);
    if (smallEnough(text)) break;
  }
  return text;
}

function bytesOf(value: FieldValue): number {
  return Buffer.byteLength(JSON.stringify(value));
}
