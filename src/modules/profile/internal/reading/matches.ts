/** `$matches`: how many records an answer holds. Runs in worker threads too. */
import { Expression } from '../../../../expressions/expression.ts';
import { nodesOf } from '../../../../expressions/syntax-nodes.ts';
import { isIndex, type Node } from '../../../../expressions/expression-cost.ts';

type Stages = NonNullable<Node['predicate']>;

/** A node of the syntax tree while it is changed. */
type MutableNode = Record<string, unknown> & { predicate?: Stages; stages?: Stages; steps?: MutableNode[] };

/** Whether an expression reads `$matches`. */
export function readsMatches(root: Node): boolean {
  return [...nodesOf(root)].some(({ type, value }) => type === 'variable' && value === 'matches');
}

/**
 * Returns the expression whose items are counted: `record` without its indexes. For
 * `results[active][0].customer`, this is `results[active].customer`.
 *
 * If the index is inside a larger expression, such as in `$matches = 1 ? results[0]`, the path
 * before the index is counted.
 */
export function countedExpression(record: string, limitsItems: boolean): Expression {
  return new Expression(record, limitsItems, (root) => {
    const picked = pickingNode(root) ?? root;
    if (picked !== root) replace(root, picked);
    const counted = root as unknown as MutableNode;
    for (const node of [counted, ...(counted.steps ?? [])]) dropPicks(node);
  });
}

/** The number of items of a value: nothing is none, and a list may hold nothing. */
export function countOf(value: unknown): number {
  return (Array.isArray(value) ? value : [value]).filter((item) => item !== undefined && item !== null).length;
}

/** The first node in the order of the source that picks by index, or by the count itself. */
function pickingNode(root: Node): Node | undefined {
  if (stagesOf(root).some(isPick)) return root;
  const { condition, then, expressions = [], arguments: given = [] } = root;
  for (const part of [condition, then, root.else, ...expressions, ...given]) {
    const found = part && pickingNode(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

function stagesOf({ predicate = [], steps = [] }: Node): Stages {
  return [...predicate, ...steps.flatMap(({ stages = [], predicate: own = [] }) => [...stages, ...own])];
}

function isPick(stage: Stages[number]): boolean {
  return isIndex(stage) || (stage.type === 'filter' && readsMatches(stage.expr));
}

function replace(root: Node, by: Node): void {
  const target = root as unknown as Record<string, unknown>;
  for (const name of Object.keys(target)) Reflect.deleteProperty(target, name);
  Object.assign(target, by);
}

function dropPicks(node: MutableNode): void {
  for (const name of ['predicate', 'stages'] as const) {
    const kept = node[name]?.filter((stage) => !isPick(stage));
    if (kept?.length === 0) Reflect.deleteProperty(node, name);
    else if (kept !== undefined) node[name] = kept;
  }
}
