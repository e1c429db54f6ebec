import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

const BUNDLED = join(import.meta.dirname, '../../src/config/bundled/sandbox.yaml');

interface Bundled {
  readonly systems: { readonly crm: { readonly limits: object } };
  readonly lookups: { readonly customer: object };
}

/**
 * The lookup `customer` of the bundled file, and the same lookup for desktops. The limit of the CRM
 * is adaptive, because an operator seldom knows the capacity.
 */
export function sandboxDeclaration(): string {
  const { systems, lookups } = parse(readFileSync(BUNDLED, 'utf8')) as Bundled;
  const crm = { ...systems.crm, limits: { ...systems.crm.limits, adaptive: true } };
  const { customer } = lookups;
  const screen = { ...customer, priority: 'desktop' };
  return stringify({ systems: { crm }, lookups: { customer, 'customer-screen': screen } });
}
