/** What a client may do that a reader need not. `*` in a pattern stands for anything; case does not count. */
export function rightsToWrite(granted: readonly string[], patterns: readonly string[]): string[] {
  const expressions = patterns.map(expressionOf);
  return granted.filter((right) => isEverything(right) || expressions.some((expression) => expression.test(right)));
}

/** A right to all actions is one to write, whatever the patterns are. */
function isEverything(right: string): boolean {
  return /(^|[:.])\*$/.test(right);
}

function expressionOf(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i');
}

/**
 * What `GET /api/v2/tokens/me` says a token may do.
 *
 * @returns absent: it does not say
 */
export function grantsIn(body: unknown): readonly string[] | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { authorizedScope, permissions } = body as { authorizedScope?: unknown; permissions?: unknown };
  const lists = [authorizedScope, permissions].filter(isListOfText);
  return lists.length === 0 ? undefined : lists.flat();
}

function isListOfText(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
