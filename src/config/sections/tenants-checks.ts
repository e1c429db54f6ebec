import { unknownSystemWording } from '../schema/wordings.js';
import type { Finding, Path } from '../yaml/finding.js';
import type { CheckContext } from './check-context.js';
import { callCount, type LookupSketch } from './lookups/lookup-schema.js';
import { isLeftOut } from './systems/genesys-checks.js';
import { findingsOfSystem } from './systems/system-checks.js';
import { sentParameters } from './systems/sent-parameters.js';
import type { SystemSketch, SystemSketches } from './systems/system-schema.js';
import type { TenantSketches } from './tenants-schema.js';

interface TenantsContext extends CheckContext {
  readonly systems: SystemSketches | undefined;
  readonly lookups: Readonly<Record<string, LookupSketch | undefined>> | undefined;
}

/** A tenant's own system, and the system of the file that it replaces. */
interface OwnSystem {
  readonly name: string;
  readonly own: SystemSketch;
  readonly base: SystemSketch;
  readonly path: Path;
}

/** Checks the tenants' own systems. `regionsFindings` checks the names and homes of tenants. */
export function tenantsFindings(tenants: TenantSketches = {}, context: TenantsContext): Finding[] {
  const { systems } = context;
  if (systems === undefined) return [];
  return Object.entries(tenants).flatMap(([tenant, sketch]) =>
    Object.entries(sketch?.systems ?? {}).flatMap(([name, own]): Finding[] => {
      const path = ['tenants', tenant, 'systems', name];
      if (!Object.hasOwn(systems, name)) return [{ path, message: unknownSystemWording(systems), hidesValue: true }];
      const base = systems[name];
      return own === undefined || base === undefined ? [] : ownFindings({ name, own, base, path }, context);
    }),
  );
}

function ownFindings(system: OwnSystem, context: TenantsContext): Finding[] {
  const { own, base, path } = system;
  if (typeOf(own) !== typeOf(base))
    return [{ path: [...path, 'type'], message: `must be the type of the system: ${typeOf(base)}` }];
  if (base.auth?.type === 'genesys' && isLeftOut(base.auth, context.genesys)) return [];
  return [...findingsOfSystem(required(own), path, context), ...lookupFindings(system, context)];
}

/** The lookups of a system send requests of its type. */
function typeOf({ type = 'http' }: SystemSketch): string {
  return type;
}

/** Without its client, an own system would leave the tenant's requests to the shared system. */
function required(own: SystemSketch): SystemSketch {
  return own.auth === undefined ? own : { ...own, auth: { ...own.auth, optional: false } };
}

/** The demands of lookups on their system: `lookup-checks.ts` checks the system itself. */
function lookupFindings(system: OwnSystem, { lookups = {} }: TenantsContext): Finding[] {
  const { name, own, base, path } = system;
  const ceiling = (system: SystemSketch) => callCount.safeParse(system.limits?.maxConcurrent).data ?? Infinity;
  const hasShare = ({ limits }: SystemSketch): boolean => limits?.backgroundShare !== 0;
  return Object.entries(lookups).flatMap(([lookup, sketch]): Finding[] => {
    if (sketch?.origin?.system !== name) return [];
    const { maxCalls = 0 } = sketch.limits ?? {};
    const tooFew = maxCalls > ceiling(own) && maxCalls <= ceiling(base);
    const noShare = (sketch.prewarm ?? []).length > 0 && hasShare(base) && !hasShare(own);
    return [
      ...(tooFew ? [belowMaxCalls(path, lookup, maxCalls)] : []),
      ...(noShare ? [withoutShare(path, lookup)] : []),
      ...repeatedParameters(system, lookup, sketch),
    ];
  });
}

/** The lookup itself reports a parameter that the system of the file adds. */
function repeatedParameters({ own, base, path }: OwnSystem, lookup: string, { origin }: LookupSketch): Finding[] {
  const reported = new Set(sentParameters(base).map(({ name }) => name));
  const added = sentParameters(own).filter(
    ({ name }) => !reported.has(name) && Object.hasOwn(origin?.query ?? {}, name),
  );
  const message = `is a parameter of the lookup ${lookup}; allowed: another parameter`;
  return added.map((parameter) => ({ path: [...path, ...parameter.path], message, hidesValue: true }));
}

function belowMaxCalls(path: Path, lookup: string, maxCalls: number): Finding {
  return {
    path: [...path, 'limits', 'maxConcurrent'],
    message: `must not be below maxCalls of the lookup ${lookup}: ${maxCalls}`,
  };
}

function withoutShare(path: Path, lookup: string): Finding {
  return {
    path: [...path, 'limits', 'backgroundShare'],
    message: `must be above 0: the lookup ${lookup} is prewarmed, which is background work`,
  };
}
