import type { FlatOutput } from '../../../contracts/flat-route.js';

/*
 * What stands in a template for an input is `$!esc.macro("$!{input.x}")`, silent twice over. `${input.x}` prints its own name where the
 * input is not set, and a macro that is given null may print its own call. In quotes the macro is given the empty text instead, and
 * should it make nothing of that, the outer `!` prints nothing. So an unset input arrives as `""`, which is absent here.
 */

/** The input inside quotes of JSON. */
export function inJson(input: string): string {
  return `$!esc.jsonString("$!{input.${input}}")`;
}

/** The input as a segment of a path, or a value of a query. */
export function inUrl(input: string): string {
  return `$!esc.uriEncode("$!{input.${input}}")`;
}

/** What means something else where a template is filled. */
const TAKEN: ReadonlySet<string> = new Set([
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
 * A name for each output where the response is translated: its own, unless a reference cannot hold it. Velocity reads `-` as the end of
 * a name, from version 2 on.
 */
export function variablesFor(outputs: readonly FlatOutput[]): ReadonlyMap<string, string> {
  const declared = new Set(outputs.map(({ name }) => name));
  const given = new Map<string, string>();
  const taken = new Set<string>();
  for (const { name } of outputs) {
    let variable = name.replaceAll('-', '_');
    while (TAKEN.has(variable) || taken.has(variable) || (variable !== name && declared.has(variable))) variable += '_';
    taken.add(variable);
    given.set(name, variable);
  }
  return given;
}

/** Where a member of the answer is, in JSONPath. */
export function memberPath(name: string): string {
  return name.includes('-') ? `$['${name}']` : `$.${name}`;
}
