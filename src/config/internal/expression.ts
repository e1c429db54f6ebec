import jsonata from 'jsonata';
import { text } from './scalars.js';

const PLAIN_FIELD = /^[A-Za-z_][A-Za-z0-9_]*$/;
const OPERATORS_AND_LITERALS: ReadonlySet<string> = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);

/** JSONata that parses. Whether it finds anything is known only when the origin has answered. */
export const expression = text.check(({ value, issues }) => {
  const detail = whyUnparsable(value);
  if (detail === undefined) return;
  issues.push({ code: 'custom', input: value, message: 'is not a JSONata expression', params: { detail } });
});

/** The expression for a field of this name, whatever the name looks like. */
export function fieldExpression(field: string): string {
  return PLAIN_FIELD.test(field) && !OPERATORS_AND_LITERALS.has(field) ? field : `\`${field}\``;
}

function whyUnparsable(source: string): string | undefined {
  try {
    jsonata(source);
    return undefined;
  } catch (error) {
    // Not an Error: a plain object. Nested far enough, the parser runs out of stack instead, and that is one.
    const { message, position } = error as { readonly message?: string; readonly position?: number };
    return position === undefined ? (message ?? '') : `${message ?? ''}, character ${position}`;
  }
}
