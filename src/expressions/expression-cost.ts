/** How much an expression costs at most, decided before it runs. Runs in worker threads too. */

/** A node of JSONata's syntax tree, as far as this file reads it. */
export interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly steps?: readonly Step[];
  readonly lhs?: Node | readonly (readonly Node[])[];
  readonly rhs?: Node;
  readonly expression?: Node;
  readonly expressions?: readonly Node[];
  readonly condition?: Node;
  readonly then?: Node;
  readonly else?: Node;
  readonly arguments?: readonly Node[];
  readonly procedure?: Node;
  readonly predicate?: readonly Stage[];
  readonly group?: unknown;
}

interface Stage {
  readonly type: string;
  readonly expr: Node;
}

interface Step extends Node {
  readonly stages?: readonly Stage[];
  readonly tuple?: unknown;
  readonly focus?: unknown;
  readonly index?: unknown;
}

/**
 * The most evaluations of nodes, as a polynomial in the size of the input. The first number is
 * constant, and the second counts per member of the input.
 */
export type Cost = readonly number[];

/** Functions whose time grows with the size of their arguments and no faster. */
const LINEAR_FUNCTIONS: ReadonlySet<unknown> = new Set([
  ...['join', 'string', 'number', 'boolean', 'not', 'exists', 'type', 'lookup', 'count'],
  ...['sum', 'max', 'min', 'average', 'abs', 'floor', 'ceil', 'round'],
  ...['uppercase', 'lowercase', 'trim', 'length', 'substring', 'substringBefore', 'substringAfter'],
]);

/**
 * The input, the root, the number of records, and the headers of an event. Other variables hold
 * functions or results.
 */
export const INPUT_VARIABLES: ReadonlySet<unknown> = new Set(['', '$', 'matches', 'headers']);
const BINARY_OPERATORS: ReadonlySet<unknown> = new Set('= != < <= > >= and or in & + - * / %'.split(' '));

/**
 * Returns the cost of an expression. `undefined` means that no bound is known. The expression then
 * uses a regular expression, defines a function, sorts, makes a range, or calls a function that is
 * not in the list above.
 */
export function costOf(node: Node): Cost | undefined {
  if (node.group !== undefined) return undefined;
  const cost = COSTS_OF_KINDS[node.type]?.(node);
  if (cost === undefined || node.predicate === undefined) return cost;
  return node.predicate.every(isIndex) ? plus(cost, [0, node.predicate.length]) : undefined;
}

export function plus(...costs: readonly Cost[]): Cost {
  const length = Math.max(0, ...costs.map((cost) => cost.length));
  return Array.from({ length }, (_, power) => costs.reduce((sum, cost) => sum + (cost[power] ?? 0), 0));
}

/** The number of evaluations for an input of this size. */
export function evaluationsOf(cost: Cost, size: number): number {
  return cost.reduce((sum, factor, power) => sum + factor * size ** power, 0);
}

/** Whether a predicate is a plain index, such as `[0]`. */
export function isIndex({ type, expr }: Stage): boolean {
  return type === 'filter' && expr.type === 'number';
}

const COSTS_OF_KINDS: Readonly<Record<string, (node: Node) => Cost | undefined>> = {
  string: () => [1],
  number: () => [1],
  value: () => [1],
  variable: ({ value }) => (INPUT_VARIABLES.has(value) ? [1] : undefined),
  path: ({ steps = [] }) => sum([[1], ...steps.map(costOfStep)]),
  binary: (node) => (BINARY_OPERATORS.has(node.value) ? sum([[1, 1], ...operands(node)]) : undefined),
  condition: (node) => sum([[1], ...[node.condition, node.then, node.else].flatMap(costOfPresent)]),
  block: ({ expressions = [] }) => sum([[1], ...expressions.map(costOf)]),
  unary: costOfUnary,
  function: costOfFunction,
};

function operands({ lhs, rhs }: Node): (Cost | undefined)[] {
  return [lhs as Node, rhs].flatMap(costOfPresent);
}

function costOfPresent(node: Node | undefined): (Cost | undefined)[] {
  return node === undefined ? [] : [costOf(node)];
}

/**
 * The items of one step are at most the members of the input. So a step is evaluated at most once
 * for each member.
 */
function costOfStep(step: Step, at: number): Cost | undefined {
  const isPlain = step.type === 'name' || (at === 0 && step.type === 'variable' && INPUT_VARIABLES.has(step.value));
  if (!isPlain || (step.tuple ?? step.focus ?? step.index ?? step.group) !== undefined) return undefined;
  return sum([[0, 1], ...(step.stages ?? []).map(costOfStage)]);
}

function costOfStage(stage: Stage): Cost | undefined {
  if (isIndex(stage)) return [0, 1];
  return stage.type === 'filter' ? perMember(costOf(stage.expr)) : undefined;
}

function costOfUnary({ value, expression, expressions = [], lhs }: Node): Cost | undefined {
  if (value === '-') return sum([[1], ...costOfPresent(expression)]);
  if (value === '[') return sum([[1, expressions.length], ...expressions.map(costOf)]);
  // An object is made once for each item of its input.
  const pairs = Array.isArray(lhs) ? (lhs as readonly (readonly Node[])[]) : [];
  if (value !== '{' || !pairs.every(([key]) => key?.type === 'string')) return undefined;
  return sum([[1], perMember(sum(pairs.flat().map(costOf)))]);
}

function costOfFunction({ procedure, arguments: given = [] }: Node): Cost | undefined {
  if (procedure?.type !== 'variable' || !LINEAR_FUNCTIONS.has(procedure.value)) return undefined;
  return sum([[2, 1], ...given.map(costOf)]);
}

function perMember(cost: Cost | undefined): Cost | undefined {
  return cost === undefined ? undefined : [0, ...cost];
}

function sum(costs: readonly (Cost | undefined)[]): Cost | undefined {
  return costs.every((cost) => cost !== undefined) ? plus(...costs) : undefined;
}
