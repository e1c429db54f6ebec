/**
 * Returns the permissions that let a client write. `*` in a pattern matches any text; case is
 * ignored.
 */
export function findWritePermissions(permissions: readonly string[], patterns: readonly string[]): string[] {
  const expressions = patterns.map(toExpression);
  return permissions.filter(
    (permission) => allowsEverything(permission) || expressions.some((expression) => expression.test(permission)),
  );
}

/** A permission for all actions includes writing, whatever the patterns are. */
function allowsEverything(permission: string): boolean {
  return /(^|[:.])\*$/.test(permission);
}

function toExpression(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i');
}

/**
 * Reads the permissions of a token out of the answer of `GET /api/v2/tokens/me`.
 *
 * @returns `undefined` when the answer does not report permissions
 */
export function parsePermissions(body: unknown): readonly string[] | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { authorizedScope, permissions } = body as { authorizedScope?: unknown; permissions?: unknown };
  const lists = [authorizedScope, permissions].filter(isListOfText);
  return lists.length === 0 ? undefined : lists.flat();
}

function isListOfText(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
