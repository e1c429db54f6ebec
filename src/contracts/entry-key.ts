/**
 * The Redis key of an entry: `cust:{lookup}:{tenant}:{hash}`; the braces mark placeholders. The
 * hash is an HMAC-SHA-256 of the normalized identifier: an attacker reverses a plain hash of a
 * phone number by trying all numbers.
 */
export function entryKey(lookup: string, tenant: string, identifierHash: string): string {
  return `cust:${lookup}:${tenant}:${identifierHash}`;
}

/** The lookup in an entry key. Empty for another text. */
export function lookupOfEntryKey(key: string): string {
  return key.split(':')[1] ?? '';
}

/**
 * The tenant in an entry key. Neither a lookup's name nor a tenant contains a colon. Empty for
 * another text. Every read needs the tenant, so the key is not split into a list.
 */
export function tenantOfEntryKey(key: string): string {
  const lookupAt = key.indexOf(':') + 1;
  const tenantAt = lookupAt === 0 ? 0 : key.indexOf(':', lookupAt) + 1;
  if (tenantAt === 0) return '';
  const end = key.indexOf(':', tenantAt);
  return end < 0 ? key.slice(tenantAt) : key.slice(tenantAt, end);
}

/** The hash of the identifier in an entry key. The same for all lookups and tenants. */
export function hashOfEntryKey(key: string): string {
  return key.slice(key.lastIndexOf(':') + 1);
}
