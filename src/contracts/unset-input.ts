/** A Velocity reference to an input: `$input.x`, `${input.x}`, `$!input.x` or `$!{input.x}`. */
const REFERENCE = /^\$!?(?:\{input\.(.+)\}|input\.(.+))$/;
/**
 * A macro call around such a reference. With an unset input, the whole call may stay in the text.
 */
const MACRO = /^\$!?\{?\w+\.\w+\(["']?([^"']+)["']?\)\}?$/;

/**
 * The name of the input whose unset placeholder this text is. Genesys Cloud leaves the placeholder
 * in the request if an input is not set. `undefined` means that the text is no placeholder.
 */
export function unsetInput(text: string): string | undefined {
  if (!text.startsWith('$')) return undefined;
  const [, inBraces, bare] = REFERENCE.exec(MACRO.exec(text)?.[1] ?? text) ?? [];
  return inBraces ?? bare;
}
