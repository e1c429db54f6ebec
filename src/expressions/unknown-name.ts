/** Names that an expression uses and that nothing defines. */
import { nodesOf } from './syntax-nodes.ts';
import { INPUT_VARIABLES, type Node } from './expression-cost.ts';

/** The functions of JSONata 2. A test compares them with the library. */
export const FUNCTIONS: ReadonlySet<string> = new Set([
  ...['abs', 'append', 'assert', 'average', 'base64decode', 'base64encode', 'boolean', 'ceil', 'clone', 'contains'],
  ...['count', 'decodeUrl', 'decodeUrlComponent', 'distinct', 'each', 'encodeUrl', 'encodeUrlComponent', 'error'],
  ...['eval', 'exists', 'filter', 'floor', 'formatBase', 'formatInteger', 'formatNumber', 'fromMillis', 'join', 'keys'],
  ...['length', 'lookup', 'lowercase', 'map', 'match', 'max', 'merge', 'millis', 'min', 'not', 'now', 'number', 'pad'],
  ...['parseInteger', 'power', 'random', 'reduce', 'replace', 'reverse', 'round', 'shuffle', 'sift', 'single', 'sort'],
  ...['split', 'spread', 'sqrt', 'string', 'substring', 'substringAfter', 'substringBefore', 'sum', 'toMillis', 'trim'],
  ...['type', 'uppercase', 'zip'],
]);

/**
 * Returns the first `$name` that is neither a function of JSONata, nor a variable that Datadip
 * gives, nor a variable that the expression itself defines. JSONata has no error for an unknown
 * variable: it is a missing value.
 */
export function unknownName(root: Node): string | undefined {
  const nodes = [...nodesOf(root)];
  const own = new Set(nodes.flatMap(definedNames));
  const isKnown = (name: string): boolean => FUNCTIONS.has(name) || INPUT_VARIABLES.has(name) || own.has(name);
  return nodes.map(variableName).find((name) => name !== undefined && !isKnown(name));
}

function variableName({ type, value }: Node): string | undefined {
  return type === 'variable' && typeof value === 'string' ? value : undefined;
}

/** `$x := …`, the parameters of a function, and the variables of `@$x` and `#$x`. */
function definedNames(node: Node & { readonly focus?: unknown; readonly index?: unknown }): unknown[] {
  const { type, value, focus, index, lhs, arguments: parameters = [] } = node;
  if (type === 'bind') return [(lhs as Node).value];
  if (type === 'lambda') return parameters.map((parameter) => parameter.value);
  return type === 'index' ? [value, focus, index] : [focus, index];
}
