import { z } from 'zod';
import { mapOf, seen, strict, text, textThat } from '../schema/scalars.js';
import { regionName } from '../schema/text-rules.js';
import { systemSchema, systemSketch } from './systems/system-schema.js';

export const tenantSchema = strict({
  home: textThat(regionName).optional(),
  /**
   * `withInheritedKeys` has completed each system. Lazy, so that the reference does not list every
   * key of a system twice.
   */
  systems: mapOf(z.lazy(() => systemSchema)).default({}),
});

export type DeclaredTenant = z.infer<typeof tenantSchema>;

/** The sketch of a tenant; see `seen` in `scalars.ts`. */
export const tenantSketch = z.object({
  home: seen(text),
  systems: seen(z.record(z.string(), seen(systemSketch))),
});

/** The declared tenants, by name. `undefined` stands for a malformed tenant. */
export type TenantSketches = Readonly<Record<string, z.infer<typeof tenantSketch> | undefined>>;
