/**
 * `{input}` inside a path, a query value or a body value. Braces around anything that is not a name stay as they are, so a body may
 * hold a query language that uses them.
 */
export const TEMPLATE = /\{([A-Za-z][A-Za-z0-9_-]{0,63})\}/g;

/** The inputs a text asks for, each once. */
export function templateInputs(text: string): readonly string[] {
  return [...new Set([...text.matchAll(TEMPLATE)].map(([, input = '']) => input))];
}
