/**
 * Matches `{input}` in a path, a query value or a body value. Braces around any other text stay
 * unchanged, so a body may hold a query language with braces.
 */
export const TEMPLATE = /\{([A-Za-z][A-Za-z0-9_-]{0,63})\}/g;

/** Returns the inputs that a text names, each once. */
export function templateInputs(text: string): readonly string[] {
  return [...new Set([...text.matchAll(TEMPLATE)].map(([, input = '']) => input))];
}

/** Whether a text has braces that are not around the name of an input. */
export function hasOtherBraces(text: string): boolean {
  return /[{}]/.test(text.replace(TEMPLATE, ''));
}
