import type { AnswerText } from '../../../contracts/dip.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The text before the value of a field. The comma is there because `contactFound` comes first. */
export function openingOf(field: string): string {
  return `,"${field}":`;
}

/**
 * The JSON text of one member's value, with all digits of a number. `undefined` if the answer lacks
 * the member.
 *
 * An answer is flat and has no spaces between its members. Its names have no escapes, and a quote
 * in a value follows a backslash. So no value contains the opening of a member. A search needs no
 * parser, and makes no text but the value. A map of all members cost a near hit of three parts
 * 21 values and three maps.
 *
 * @param opening of `openingOf`
 */
export function memberText(text: AnswerText, opening: string): string | undefined {
  const at = text.indexOf(opening);
  if (at === -1) return undefined;
  const start = at + opening.length;
  return text.slice(start, endOfValue(text, start));
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
