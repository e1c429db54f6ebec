import type { FileConfig } from '../file.js';
import type { SystemConfig } from './system-config.js';

/** The systems of the file and the tenants' own systems, by name. */
export function allSystems({
  systems,
  tenants,
}: Pick<FileConfig, 'systems' | 'tenants'>): ReadonlyMap<string, SystemConfig> {
  const own = [...tenants.values()].flatMap((tenant) => [...tenant.systems.values()]);
  return new Map([...systems.values(), ...own].map((system) => [system.name, system]));
}
