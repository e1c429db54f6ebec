import { isPlainMap } from '../../yaml/placeholders.js';
import type { Finding, Path } from '../../yaml/finding.js';

/** How deep the entry of a tenant's own system stands: `tenants.20002.systems.crm`. */
const OWN_DEPTH = 4;

function isOwnSystem([section, , block]: Path): boolean {
  return section === 'tenants' && block === 'systems';
}

/**
 * Returns the file with every tenant's own systems complete: the keys that the tenant leaves out
 * are the keys of the system of the same name. A key replaces the whole key, so no credential of
 * the one is ever mixed with an address of the other inside `auth` or `tls`.
 *
 * The rest of the file is not copied, and a malformed place stays unchanged.
 */
export function withInheritedKeys(root: unknown): unknown {
  if (!isPlainMap(root) || !isPlainMap(root.tenants)) return root;
  const { systems } = root;
  const complete = (name: string, own: unknown): unknown => {
    const base = isPlainMap(systems) ? systems[name] : undefined;
    return isPlainMap(own) && isPlainMap(base) ? { ...base, ...own } : own;
  };
  const tenants = mapped(root.tenants, (tenant) =>
    isPlainMap(tenant) && isPlainMap(tenant.systems)
      ? { ...tenant, systems: mapped(tenant.systems, (own, name) => complete(name, own)) }
      : tenant,
  );
  return { ...root, tenants };
}

/**
 * Leaves out the findings about inherited keys that the system itself already has. Five hundred
 * tenants would repeat each of them.
 *
 * @param valueAt reads the file without inherited keys
 */
export function withoutInherited(findings: readonly Finding[], valueAt: (path: Path) => unknown): Finding[] {
  const reported = new Set(findings.filter(({ path }) => path[0] === 'systems').map(textOf));
  return findings.filter((finding) => {
    const { path, message } = finding;
    const isGiven = valueAt(path.slice(0, OWN_DEPTH + 1)) !== undefined;
    if (!isOwnSystem(path) || path.length <= OWN_DEPTH || isGiven) return true;
    return !reported.has(textOf({ path: ['systems', ...path.slice(OWN_DEPTH - 1)], message }));
  });
}

function textOf({ path, message }: Pick<Finding, 'path' | 'message'>): string {
  return JSON.stringify([path, message]);
}

function mapped(
  map: Readonly<Record<string, unknown>>,
  to: (value: unknown, name: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, to(value, name)]));
}
