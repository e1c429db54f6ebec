import type { FlatOutput } from '../../../contracts/flat-route.js';

/*
 * A template refers to an input as `$!esc.macro("$!{input.x}")`, with `!` twice. A
 * reference with `!` prints nothing if it has no value. `${input.x}` prints its own text if the
 * input is not set, and a macro with the argument null may print its own call. In quotes the
 * argument is an empty text. If the macro returns null for that, the outer `!` prints nothing. So
 * an input that is not set arrives as `""`, which Datadip reads as absent.
 */

/** The reference to an input inside the quotes of a JSON string. */
export function inJson(input: string): string {
  return `$!esc.jsonString("$!{input.${input}}")`;
}

/** The reference to an input as a path segment or a query value. */
export function inUrl(input: string): string {
  return `$!esc.uriEncode("$!{input.${input}}")`;
}

/** Names that already have a meaning in a template. */
const RESERVED: ReadonlySet<string> = new Set([
  'authResponse',
  'credentials',
  'encoding',
  'esc',
  'foreach',
  'input',
  'math',
  'rawResult',
  'salesforce',
  'successTemplateUtils',
  'template',
  'urlTool',
]);

/**
 * Names a template variable for each output: the name of the output, unless Velocity cannot refer
 * to it. From version 2 on, Velocity ends a name at `-`.
 */
export function variablesFor(outputs: readonly FlatOutput[]): ReadonlyMap<string, string> {
  const declared = new Set(outputs.map(({ name }) => name));
  const variables = new Map<string, string>();
  const used = new Set<string>();
  for (const { name } of outputs) {
    let variable = name.replaceAll('-', '_');
    while (RESERVED.has(variable) || used.has(variable) || (variable !== name && declared.has(variable)))
      variable += '_';
    used.add(variable);
    variables.set(name, variable);
  }
  return variables;
}

/** The JSONPath of a member of the answer. */
export function memberPath(name: string): string {
  return name.includes('-') ? `$['${name}']` : `$.${name}`;
}
