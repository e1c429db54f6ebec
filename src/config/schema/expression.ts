import jsonata from 'jsonata';
import { costOf, type Node } from '../../expressions/expression-cost.js';
import { unknownName } from '../../expressions/unknown-name.js';
import { text } from './scalars.js';

const PLAIN_FIELD = /^[A-Za-z_][A-Za-z0-9_]*$/;
const OPERATORS_AND_LITERALS: ReadonlySet<string> = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);

/**
 * JSONata that parses, and whose functions and variables exist. No check can tell whether the
 * expression finds a value, because the value depends on the answers.
 */
export const expression = text.check(({ value, issues }) => {
  const { tree, detail } = parse(value);
  if (tree === undefined) {
    issues.push({ code: 'custom', input: value, message: 'is not a JSONata expression', params: { detail } });
    return;
  }
  const unknown = unknownName(tree);
  if (unknown === undefined) return;
  const message = `names $${unknown}, which is no function of JSONata and no variable of the expression`;
  issues.push({ code: 'custom', input: value, message });
});

/** JSONata whose cost is known before it runs, because it runs next to the answers of callers. */
export const boundedExpression = expression.check(({ value, issues }) => {
  const { tree } = parse(value);
  if (tree !== undefined && costOf(tree) === undefined)
    issues.push({ code: 'custom', input: value, message: UNBOUNDED });
});

const UNBOUNDED =
  'must not sort, make ranges, define functions, or use regular expressions, $map or $split: its cost must be known';

/**
 * Returns the expression that reads the field of this name. Quotes the name if JSONata requires it.
 */
export function fieldExpression(field: string): string {
  return PLAIN_FIELD.test(field) && !OPERATORS_AND_LITERALS.has(field) ? field : `\`${field}\``;
}

/** Returns the syntax tree, or why there is none. */
function parse(source: string): { readonly tree: Node | undefined; readonly detail?: string } {
  try {
    return { tree: jsonata(source).ast() as unknown as Node };
  } catch (error) {
    // JSONata throws a plain object. A deeply nested expression exhausts the stack, which is an
    // Error.
    const { message = '', position } = error as { readonly message?: string; readonly position?: number };
    return { tree: undefined, detail: position === undefined ? message : `${message}, character ${position}` };
  }
}
