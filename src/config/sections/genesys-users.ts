import { z } from 'zod';
import { listOf, seen, strict, text, textThat } from '../schema/scalars.js';
import { unknownSystemWording } from '../schema/wordings.js';
import { filled, printable, unpadded } from '../schema/text-rules.js';
import type { Finding } from '../yaml/finding.js';
import type { CheckContext } from './check-context.js';
import { isLeftOut } from './systems/genesys-checks.js';
import type { SystemSketches } from './systems/system-schema.js';

/** The agents whose own tokens of Genesys Cloud prove this caller. */
export interface GenesysUsersConfig {
  /** The ids of the organizations whose users are accepted, 1 to 1,000. Required. */
  readonly organizations: readonly string[];
  /**
   * The system that verifies the tokens, with `auth.type: genesys`. Default: the only such system.
   */
  readonly system: string;
  /** Requests of one user to one process, 1 to 1,000. Default 5. */
  readonly maxPerUserPerSecond: number;
}

const MAX_ORGANIZATIONS = 1000;
/** A page asks once per conversation, and again when an agent reloads the page. */
export const DEFAULT_PER_USER = 5;

export const genesysUsersSchema = strict({
  organizations: listOf(textThat(filled, unpadded, printable), MAX_ORGANIZATIONS),
  system: text.optional(),
});

/** The sketch of the block; see `seen` in `scalars.ts`. */
export const genesysUsersSketch = z.object({
  organizations: seen(z.array(seen(text))),
  system: seen(text),
});

type UsersSketch = z.infer<typeof genesysUsersSketch>;
type NamedUsers = readonly (readonly [caller: string, users: UsersSketch])[];

export interface UsersContext extends Pick<CheckContext, 'genesys'> {
  /** The declared shared systems. `undefined` if the section is malformed. */
  readonly systems: SystemSketches | undefined;
}

/** Platforms write the ids in both cases. */
export function organizationKey(id: string): string {
  return id.toLowerCase();
}

/** @returns the only system with `auth.type: genesys`, if there is exactly one */
export function onlyGenesysSystem(systems: Readonly<Record<string, unknown>>): string | undefined {
  const [only, ...others] = genesysSystems(systems);
  return others.length > 0 ? undefined : only;
}

/** Checks the blocks of all callers together: every token is asked about at one system. */
export function genesysUsersFindings(callers: NamedUsers, context: UsersContext): Finding[] {
  return [
    ...callers.flatMap(([caller, users]) => systemFindings(caller, users, context)),
    ...differentSystems(callers, context),
    ...sharedOrganizations(callers),
  ];
}

function systemFindings(caller: string, { system }: UsersSketch, { systems, genesys }: UsersContext): Finding[] {
  if (systems === undefined) return [];
  const path = ['callers', caller, 'genesysUsers'];
  if (system === undefined) return unnamedSystem(path, genesysSystems(systems), { systems, genesys });
  const at = [...path, 'system'];
  if (!Object.hasOwn(systems, system)) return [{ path: at, message: unknownSystemWording(systems) }];
  const sketch = systems[system];
  if (sketch === undefined) return [];
  if (!isGenesys(sketch)) return [{ path: at, message: 'must be a system whose auth is genesys' }];
  return isLeftOut(sketch.auth ?? {}, genesys) ? [{ path: at, message: LEFT_OUT }] : [];
}

const LEFT_OUT = 'needs the client of its system: set GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET';

function unnamedSystem(
  path: readonly string[],
  candidates: readonly string[],
  { systems, genesys }: { readonly systems: SystemSketches; readonly genesys: CheckContext['genesys'] },
): Finding[] {
  const [only, ...others] = candidates;
  if (only === undefined) return [{ path, message: 'needs a system whose auth is genesys, under systems' }];
  if (others.length > 0)
    return [{ path, message: `needs a system; declared with auth genesys: ${candidates.join(', ')}` }];
  const auth = systems[only]?.auth;
  return auth !== undefined && isLeftOut(auth, genesys) ? [{ path, message: LEFT_OUT }] : [];
}

function genesysSystems(systems: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(systems).flatMap(([name, system]) => (isGenesys(system) ? [name] : []));
}

/** A declared system or its sketch; a database has no `auth`. */
function isGenesys(system: unknown): boolean {
  const { auth } = (system ?? {}) as { readonly auth?: { readonly type?: unknown } | undefined };
  return auth?.type === 'genesys';
}

/** A token does not name its platform, so a second system would double the calls of every token. */
function differentSystems(callers: NamedUsers, { systems = {} }: UsersContext): Finding[] {
  const only = onlyGenesysSystem(systems);
  const [first, ...others] = callers.flatMap(([caller, { system = only }]) =>
    system === undefined ? [] : [{ caller, system }],
  );
  return others.flatMap(({ caller, system }): Finding[] => {
    if (first === undefined || system === first.system) return [];
    const message = `must be the system of the caller ${first.caller}: one system verifies all tokens`;
    return [{ path: ['callers', caller, 'genesysUsers', 'system'], message }];
  });
}

/** The organization identifies the caller, so two callers cannot share one. */
function sharedOrganizations(callers: NamedUsers): Finding[] {
  const owners = new Map<string, string>();
  return callers.flatMap(([caller, { organizations = [] }]) =>
    organizations.flatMap((id, at): Finding[] => {
      if (id === undefined) return [];
      const owner = owners.get(organizationKey(id)) ?? caller;
      owners.set(organizationKey(id), owner);
      if (owner === caller) return [];
      const path = ['callers', caller, 'genesysUsers', 'organizations', at];
      return [{ path, message: `is also an organization of the caller ${owner}` }];
    }),
  );
}
