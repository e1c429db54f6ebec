/** A reference to an input, in braces or bare, silent or not. */
const REFERENCE = /^\$!?(?:\{input\.(.+)\}|input\.(.+))$/;
/** A macro around one: given nothing it may leave its whole call. */
const MACRO = /^\$!?\{?\w+\.\w+\(["']?([^"']+)["']?\)\}?$/;

/**
 * The input whose unset placeholder a text is: Genesys Cloud leaves the template's own text where an input is not set. Absent: it is a
 * text like any other.
 */
export function unsetInput(text: string): string | undefined {
  if (!text.startsWith('$')) return undefined;
  const [, inBraces, bare] = REFERENCE.exec(MACRO.exec(text)?.[1] ?? text) ?? [];
  return inBraces ?? bare;
}
