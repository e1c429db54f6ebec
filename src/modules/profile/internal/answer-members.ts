import type { AnswerText } from '../../../contracts/dip.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The members of an answer, as the JSON texts of their values. A number keeps all its digits.
 *
 * An answer is flat, has no spaces between its members, and its names have no escapes. So the texts
 * are cut out without a parser: 0.7 µs for 7 members, and 2.8 µs with `JSON.parse` and
 * `JSON.stringify` of each value (Node 24, processor time in a loop).
 */
export function memberTexts(text: AnswerText): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  for (let at = 1; at < text.length - 1;) {
    const nameEnd = text.indexOf('"', at + 1);
    const valueEnd = endOfValue(text, nameEnd + 2);
    members.set(text.slice(at + 1, nameEnd), text.slice(nameEnd + 2, valueEnd));
    at = valueEnd + 1;
  }
  return members;
}

function endOfValue(text: AnswerText, start: number): number {
  if (text.charCodeAt(start) === QUOTE) return endOfString(text, start + 1);
  const comma = text.indexOf(',', start);
  return comma === -1 ? text.length - 1 : comma;
}

/** A quote after an odd number of backslashes is part of the string. */
function endOfString(text: AnswerText, start: number): number {
  for (let quote = text.indexOf('"', start); ; quote = text.indexOf('"', quote + 1)) {
    let before = quote;
    while (text.charCodeAt(before - 1) === BACKSLASH) before -= 1;
    if ((quote - before) % 2 === 0) return quote + 1;
  }
}
