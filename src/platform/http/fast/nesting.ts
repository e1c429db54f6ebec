import { HttpProblem } from '../../../kernel/errors.js';

/** No event is nested deeper, and recursive validators would overflow the stack. */
const MAX_DEPTH = 32;
/** The most objects and lists in a body. The largest event of a platform has some hundred. */
const MAX_CONTAINERS = 5000;
/** A shorter text has no room for that many brackets. */
const MIN_DEEP_LENGTH = 2 * MAX_DEPTH;

const TOO_DEEP = new HttpProblem('nested_value', 400, 'request body nested too deeply');
const TOO_MANY = new HttpProblem(
  'nested_value',
  400,
  `too many lists and objects in the request body; allowed: ${MAX_CONTAINERS}`,
);

const [QUOTE, BACKSLASH, LIST, LIST_END, OBJECT, OBJECT_END] = ['"', '\\', '[', ']', '{', '}'].map((sign) =>
  sign.charCodeAt(0),
);

/**
 * Counts brackets before the text is parsed, because parsing them costs more than reading them.
 *
 * @returns `undefined` for a text within the bounds, which need not be JSON
 */
export function nestingProblem(text: string): HttpProblem | undefined {
  if (text.length <= MIN_DEEP_LENGTH) return undefined;
  let [depth, containers] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (sign === QUOTE) at = endOfString(text, at);
    else if (sign === LIST || sign === OBJECT) {
      if (++depth > MAX_DEPTH) return TOO_DEEP;
      if (++containers > MAX_CONTAINERS) return TOO_MANY;
    } else if (sign === LIST_END || sign === OBJECT_END) depth--;
  }
  return undefined;
}

/** The place of the quote that ends the string, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (sign === BACKSLASH) at++;
    else if (sign === QUOTE) return at;
  }
  return text.length;
}
