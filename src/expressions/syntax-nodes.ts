/** The nodes of the syntax tree of an expression. Runs in worker threads too. */
import type { Node } from './expression-cost.ts';

/** Every node of a syntax tree, the root first. */
export function* nodesOf(root: Node): Generator<Node> {
  const seen = new Set<unknown>();
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const item = pending.pop();
    if (typeof item !== 'object' || item === null || seen.has(item)) continue;
    seen.add(item);
    if ('type' in item && typeof item.type === 'string') yield item as Node;
    pending.push(...(Object.values(item) as unknown[]));
  }
}
