/** The functions of Datadip that take the place of JSONata's. Runs in worker threads too. */
import type { Expression as Jsonata } from 'jsonata';
import { compute, isLargeText, refuseLossy, type Operation } from './exact-numbers.ts';
import { areEqual, compare, extreme, sortKey, type Comparison } from './exact-order.ts';
import type { Node } from './expression-cost.ts';
import { native } from './native-functions.ts';
import { nodesOf } from './syntax-nodes.ts';
import { concat, join, pad, replace, string } from './text-functions.ts';

/**
 * How an expression computes.
 *
 * - `doubles`: with doubles. The expression fails with `DigitsLost` if a number would lose digits.
 * - `all digits`: a text of digits beyond 2^53 is a number for operators, comparisons and sorting.
 */
type Arithmetic = 'doubles' | 'all digits';

type Function = (this: unknown, ...args: unknown[]) => unknown;
type MutableNode = Record<string, unknown>;

/** The name of the function for `^(…)` of a path. No expression can contain it. */
const SORT_KEY = '^';
/** The name of the function for a minus before a value. */
const NEGATE = '-(';
const OPERATIONS: readonly Operation[] = ['+', '-', '*', '/', '%'];
const COMPARISONS: readonly Comparison[] = ['<', '<=', '>', '>='];
const REPLACED_ALWAYS: ReadonlySet<unknown> = new Set<unknown>(['&', ...OPERATIONS]);
const REPLACED_FOR_DIGITS: ReadonlySet<unknown> = new Set<unknown>([
  ...REPLACED_ALWAYS,
  ...COMPARISONS,
  '=',
  '!=',
  'in',
]);

/**
 * Functions that compute with numbers, with the signatures of JSONata and the number of their
 * parameters.
 */
const NUMERIC_FUNCTIONS: Readonly<Record<string, readonly [signature: string, parameters: number]>> = {
  abs: ['<n-:n>', 1],
  average: ['<a<n>:n>', 1],
  ceil: ['<n-:n>', 1],
  distinct: ['<x:x>', 1],
  eval: ['<sx?:x>', 2],
  floor: ['<n-:n>', 1],
  formatBase: ['<n-n?:s>', 2],
  formatInteger: ['<n-s:s>', 2],
  formatNumber: ['<n-so?:s>', 3],
  fromMillis: ['<n-s?s?:s>', 3],
  max: ['<a<n>:n>', 1],
  min: ['<a<n>:n>', 1],
  number: ['<(nsb)-:n>', 1],
  parseInteger: ['<s-s:n>', 2],
  power: ['<n-n:n>', 2],
  round: ['<n-n?:n>', 2],
  sqrt: ['<n-:n>', 1],
  sum: ['<a<n>:n>', 1],
  toMillis: ['<s-s?:n>', 2],
};

/** Changes the syntax tree of an expression, and registers the functions that it then calls. */
export function useOwnFunctions(compiled: Jsonata, root: Node, arithmetic: Arithmetic): void {
  const replaced = arithmetic === 'doubles' ? REPLACED_ALWAYS : REPLACED_FOR_DIGITS;
  for (const node of nodesOf(root)) {
    if (node.type === 'binary' && replaced.has(node.value)) call(node, String(node.value), [node.lhs, node.rhs]);
    if (arithmetic === 'doubles') continue;
    if (node.type === 'unary' && node.value === '-') call(node, NEGATE, [node.expression]);
    if (node.type === 'sort') wrapTerms(node);
  }
  registerTextFunctions(compiled);
  registerNumericFunctions(compiled, namesIn(root));
  for (const operation of OPERATIONS)
    compiled.registerFunction(operation, (left: unknown, right: unknown) =>
      compute(operation, left, right, arithmetic === 'all digits'),
    );
  if (arithmetic === 'all digits') registerForDigits(compiled);
}

function namesIn(root: Node): ReadonlySet<unknown> {
  return new Set([...nodesOf(root)].flatMap(({ type, value }) => (type === 'variable' ? [value] : [])));
}

/** JSONata's operators cannot be registered, so a function takes their place in the tree. */
function call(node: object, name: string, args: readonly unknown[]): void {
  Object.assign(node, { type: 'function', value: '(', arguments: args, procedure: { type: 'variable', value: name } });
}

function wrapTerms(node: Node & { readonly terms?: readonly MutableNode[] }): void {
  for (const term of node.terms ?? []) {
    const wrapped = {};
    call(wrapped, SORT_KEY, [term.expression]);
    term.expression = wrapped;
  }
}

function registerTextFunctions(compiled: Jsonata): void {
  compiled.registerFunction('&', concat);
  compiled.registerFunction('join', join);
  compiled.registerFunction('string', string, '<x-b?:s>');
  compiled.registerFunction('pad', pad, '<s-ns?:s>');
  compiled.registerFunction('replace', replace, '<s-(sf)(sf)n?:s>');
}

/** Only the functions that the expression names. `$eval` may call every function. */
function registerNumericFunctions(compiled: Jsonata, used: ReadonlySet<unknown>): void {
  for (const [name, [signature, parameters]] of Object.entries(NUMERIC_FUNCTIONS))
    if (used.has(name) || used.has('eval'))
      compiled.registerFunction(name, withLength(checked(name), parameters), signature);
}

/** The largest of exact and lossy numbers is known, so only the result counts. */
function checked(name: string): Function {
  const checksArguments = name !== 'max' && name !== 'min';
  return function (this: unknown, first, second, third) {
    if (checksArguments) refuseLossy([first, second, third]);
    if (name === 'sum' || name === 'average') refuseLossy(totalOf(first));
    const result = native(name).call(this, first, second, third);
    if (result instanceof Promise) return result.then(lossless);
    return lossless(result);
  };
}

function lossless(value: unknown): unknown {
  refuseLossy(value);
  return value;
}

/** The largest subtotal that the numbers can have. */
function totalOf(list: unknown): number {
  const numbers: readonly unknown[] = Array.isArray(list) ? list : [list];
  return numbers.reduce<number>((total, item) => total + (Number.isInteger(item) ? Math.abs(Number(item)) : 0), 0);
}

function registerForDigits(compiled: Jsonata): void {
  for (const comparison of COMPARISONS)
    compiled.registerFunction(comparison, (left: unknown, right: unknown) => compare(comparison, left, right));
  // Nothing is neither equal to a value nor different from it.
  const isPresent = (left: unknown, right: unknown): boolean => left !== undefined && right !== undefined;
  compiled.registerFunction('=', (left: unknown, right: unknown) => isPresent(left, right) && areEqual(left, right));
  compiled.registerFunction('!=', (left: unknown, right: unknown) => isPresent(left, right) && !areEqual(left, right));
  compiled.registerFunction('in', isIn);
  compiled.registerFunction(NEGATE, (value: unknown) => compute('-', 0, value, true));
  compiled.registerFunction(SORT_KEY, sortKey);
  compiled.registerFunction('max', (list: readonly unknown[] | undefined) => list && extreme('>', list), '<a:x>');
  compiled.registerFunction('min', (list: readonly unknown[] | undefined) => list && extreme('<', list), '<a:x>');
  compiled.registerFunction('sort', sort, '<af?:a>');
  compiled.registerFunction('number', number, '<(nsb)-:x>');
}

function isIn(left: unknown, right: unknown): boolean {
  if (left === undefined || right === undefined) return false;
  return (Array.isArray(right) ? right : [right]).some((item) => areEqual(left, item));
}

function sort(this: unknown, list: unknown, comparator: unknown): unknown {
  const bySize = (left: unknown, right: unknown): unknown => compare('>', left, right);
  const isLarge = Array.isArray(list) && list.some(isLargeText);
  return native('sort').call(this, list, comparator ?? (isLarge ? bySize : undefined));
}

/** The text of a number beyond 2^53 is the number. */
function number(this: unknown, value: unknown): unknown {
  return isLargeText(value) ? value : checked('number').call(this, value);
}

/** JSONata passes as many arguments to a function as it has parameters. */
function withLength(implementation: Function, length: number): Function {
  return Object.defineProperty(implementation, 'length', { value: length });
}
