import { z } from 'zod';
import { mapOf, seen, strict } from '../schema/scalars.js';
import { name as nameRule } from '../schema/text-rules.js';
import type { Finding, Path } from '../yaml/finding.js';
import { agentsFindings, agentsSchema, agentsSketch, type AgentsConfig } from './agents.js';
import { callerConfig, callerFindings, callerSchema, callerSketch, type CallerConfig } from './callers.js';
import type { CheckContext } from './check-context.js';
import { country } from './country.js';
import type { GenesysEnvironment } from './genesys-environment.js';
import { onlyGenesysSystem } from './genesys-users.js';
import type { ComposedLookupConfig } from './lookups/composed-config.js';
import { anyLookupSchema, composedSketch, type DeclaredComposedLookup } from './lookups/composed-schema.js';
import { lookupFindings } from './lookups/lookup-checks.js';
import type { LookupConfig } from './lookups/lookup-config.js';
import { lookupSketch, type DeclaredLookup } from './lookups/lookup-schema.js';
import { composedConfig } from './lookups/read-composed.js';
import { lookupConfig } from './lookups/read-lookup.js';
import { isLeftOut } from './systems/genesys-checks.js';
import { regionsFindings } from './regions-checks.js';
import { DEFAULT_MS, regionsSchema, regionsSketch } from './regions-schema.js';
import { systemConfig } from './systems/read-system.js';
import { systemFindings } from './systems/system-checks.js';
import { ownSystemName, type SystemConfig } from './systems/system-config.js';
import { systemSchema, systemSketch, type DeclaredSystem } from './systems/system-schema.js';
import { tenantsFindings } from './tenants-checks.js';
import { tenantSchema, tenantSketch, type DeclaredTenant } from './tenants-schema.js';
import type { TenantConfig } from './tenants.js';
import { webhookFindings } from './webhooks-checks.js';
import { webhookConfig, webhookSchema, webhookSketch } from './webhooks-schema.js';
import type { WebhookConfig } from './webhooks.js';

/** The sections of the declaration file, as the service uses them. */
export interface FileConfig {
  /**
   * Optional systems without a client in the environment. The lookups of these systems are not
   * offered, nor the composed lookups that have such a part.
   */
  readonly leftOut: readonly string[];
  readonly systems: ReadonlyMap<string, SystemConfig>;
  readonly lookups: ReadonlyMap<string, LookupConfig>;
  readonly composedLookups: ReadonlyMap<string, ComposedLookupConfig>;
  readonly callers: ReadonlyMap<string, CallerConfig>;
  readonly agents: AgentsConfig;
  readonly tenants: ReadonlyMap<string, TenantConfig>;
  readonly webhooks: ReadonlyMap<string, WebhookConfig>;
}

/** Checks each key of the file alone. `crossFindings` checks the rules between keys. */
export const fileSchema = strict({
  country: country.optional(),
  systems: mapOf(systemSchema),
  lookups: mapOf(anyLookupSchema),
  callers: mapOf(callerSchema).default({}),
  agents: agentsSchema.prefault({}),
  regions: regionsSchema.optional(),
  tenants: mapOf(tenantSchema).default({}),
  webhooks: mapOf(webhookSchema).default({}),
});

export type DeclaredFile = z.infer<typeof fileSchema>;

const NOTHING = { systems: undefined, lookups: undefined, callers: undefined, agents: undefined };

const fileSketch = z
  .object({
    systems: seen(z.record(z.string(), seen(systemSketch))),
    lookups: seen(z.record(z.string(), seen(lookupSketch))),
    callers: seen(z.record(z.string(), seen(callerSketch))),
    agents: seen(agentsSketch),
    regions: seen(regionsSketch),
    tenants: seen(z.record(z.string(), seen(tenantSketch))),
    webhooks: seen(z.record(z.string(), seen(webhookSketch))),
  })
  .catch({ ...NOTHING, regions: undefined, tenants: undefined, webhooks: undefined });

const composedSketches = z
  .object({ lookups: seen(z.record(z.string(), seen(composedSketch))) })
  .catch({ lookups: undefined });

/** Checks the rules between keys, and the names of systems, lookups, callers and webhooks. */
export function crossFindings(root: unknown, context: CheckContext): Finding[] {
  const { systems, lookups, callers, agents, regions, tenants, webhooks } = fileSketch.parse(root);
  const { lookups: composed } = composedSketches.parse(root);
  return [
    ...nameFindings('systems', systems),
    ...nameFindings('lookups', lookups),
    ...nameFindings('callers', callers),
    ...nameFindings('webhooks', webhooks),
    ...systemFindings(systems, context),
    ...lookupFindings(lookups, { ...context, systems, regions, composed }),
    ...callerFindings(callers, { ...context, lookups, systems }),
    ...agentsFindings(agents, systems),
    ...regionsFindings(regions, tenants, context),
    ...tenantsFindings(tenants, { ...context, systems, lookups }),
    ...webhookFindings(webhooks, { ...context, callers, lookups }),
  ];
}

function nameFindings(section: string, entries: Readonly<Record<string, unknown>> = {}): Finding[] {
  return Object.keys(entries).flatMap((name): Finding[] => {
    const message = nameRule(name);
    return message === undefined ? [] : [{ path: [section, name], message, hidesValue: true }];
  });
}

export function schemaFindings({ issues }: z.ZodError): Finding[] {
  return issues.flatMap((issue): Finding[] => {
    const path = issue.path as Path;
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...path, key], message: issue.message, hidesValue: true }));
    }
    const detail: unknown = issue.code === 'custom' ? issue.params?.detail : undefined;
    return [{ path, message: issue.message, detail: typeof detail === 'string' ? detail : undefined }];
  });
}

/** The values of the environment in a part of the file. Each may be a secret. */
export type EnvironmentOf = (path: Path) => readonly string[];

/** The parts of a lookup that a request sends, or that a description of the request shows. */
const SHOWN_PARTS = ['origin', 'customerId', 'fields'];

/**
 * Converts a file that passed every check into the sections of the configuration. `regionsConfig`
 * joins the section `regions` with the environment.
 */
export function fileConfig(
  { country: fileCountry, systems, lookups, callers, agents, regions, tenants, webhooks }: DeclaredFile,
  genesys: GenesysEnvironment,
  environmentOf: EnvironmentOf,
): FileConfig {
  const leftOut = Object.entries(systems).flatMap(([name, system]) =>
    system.type === 'http' && system.auth.type === 'genesys' && isLeftOut(system.auth, genesys) ? [name] : [],
  );
  const isOffered = (system: string): boolean => !leftOut.includes(system);
  const offeredSystems = filtered(systems, (_, name) => isOffered(name));
  const { plain, composed } = byKind(lookups);
  const offeredLookups = filtered(plain, ({ origin }) => isOffered(origin.system));
  const hasParts = ({ compose }: DeclaredComposedLookup): boolean =>
    compose.every(({ lookup }) => Object.hasOwn(offeredLookups, lookup));
  const defaults = { invalidatedWithinMs: (regions ?? DEFAULT_MS).invalidatedWithinMs, country: fileCountry };
  const lookupConfigs = mapped(offeredLookups, (name, lookup) => {
    const secrets = SHOWN_PARTS.flatMap((part) => environmentOf(['lookups', name, part]));
    return lookupConfig(name, lookup, { ...defaults, secrets });
  });
  const systemOf = (path: Path, name: string, system: DeclaredSystem): SystemConfig =>
    systemConfig(name, system, { genesys, ofAddress: environmentOf([...path, 'baseUrl']) });
  return {
    leftOut,
    systems: mapped(offeredSystems, (name, system) => systemOf(['systems', name], name, system)),
    lookups: lookupConfigs,
    composedLookups: mapped(filtered(composed, hasParts), (name, lookup) =>
      composedConfig(name, lookup, lookupConfigs),
    ),
    callers: mapped(callers, (name, caller) => callerConfig(name, caller, onlyGenesysSystem(systems))),
    webhooks: mapped(webhooks, webhookConfig),
    agents: { ...agents, reconcile: agents.reconcile.filter(({ system }) => isOffered(system)) },
    tenants: mapped(tenants, (tenant, { home, systems: own }: DeclaredTenant) => ({
      home,
      systems: mapped(
        filtered(own, (_, name) => isOffered(name)),
        (name, system) => ({
          ...systemOf(['tenants', tenant, 'systems', name], ownSystemName(name, tenant), system),
          tenant,
        }),
      ),
    })),
  };
}

type Named<Value> = Record<string, Value>;

function byKind(lookups: DeclaredFile['lookups']): {
  readonly plain: Named<DeclaredLookup>;
  readonly composed: Named<DeclaredComposedLookup>;
} {
  const plain: Named<DeclaredLookup> = {};
  const composed: Named<DeclaredComposedLookup> = {};
  for (const [name, lookup] of Object.entries(lookups)) {
    if ('compose' in lookup) composed[name] = lookup;
    else plain[name] = lookup;
  }
  return { plain, composed };
}

function filtered<Value>(
  entries: Readonly<Record<string, Value>>,
  matches: (value: Value, name: string) => boolean,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(entries).filter(([name, value]) => matches(value, name)));
}

function mapped<From, To>(
  entries: Readonly<Record<string, From>>,
  to: (name: string, from: From) => To,
): ReadonlyMap<string, To> {
  return new Map(Object.entries(entries).map(([name, from]) => [name, to(name, from)]));
}
