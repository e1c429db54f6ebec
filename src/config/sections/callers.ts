import { z } from 'zod';
import { listOf, must, oneOf, seen, strict, text, textThat, wholeNumber } from '../schema/scalars.js';
import { unknownLookupWording } from '../schema/wordings.js';
import { filled, printable, tenant, unpadded } from '../schema/text-rules.js';
import type { Finding } from '../yaml/finding.js';
import type { CheckContext } from './check-context.js';
import {
  DEFAULT_PER_USER,
  genesysUsersFindings,
  genesysUsersSchema,
  genesysUsersSketch,
  type GenesysUsersConfig,
  type UsersContext,
} from './genesys-users.js';
import { requestLimitKeys, requestLimits, type RequestLimitsConfig } from './request-limits.js';

/** `ReadonlyMap<string, CallerConfig>`: the declared callers, by name. */
export const CALLERS = Symbol('callers');

export const SCOPES = ['lookup', 'agents', 'invalidate', 'events', 'operate'] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * A program that may call Datadip, and its rights. Requests prove the caller by an API key, an HMAC
 * secret, or the token of a Genesys Cloud user.
 */
export interface CallerConfig {
  readonly name: string;
  /** Several keys allow rotation. An empty list, the default, means no access by API key. */
  readonly apiKeys: readonly string[];
  /** The secrets of signed webhooks. An empty list, the default, means no access by signature. */
  readonly hmacSecrets: readonly string[];
  /**
   * The users whose tokens prove the caller, for pages in a browser, which must hold no API key.
   * `undefined`, the default, means no access by token. Stands without `apiKeys` and `hmacSecrets`.
   */
  readonly genesysUsers: GenesysUsersConfig | undefined;
  /** 1 to 10,000 tenants. `*` means every tenant. Required. */
  readonly tenants: readonly string[];
  /** The routes that the caller may use. Required. */
  readonly scopes: readonly Scope[];
  /**
   * The lookups that the caller may ask, 1 to 1,000 names. The parts of a composed lookup need no
   * entry here. `undefined`, the default, means every lookup.
   */
  readonly lookups: readonly string[] | undefined;
  /** Without `limits`, only the limit of the process holds. */
  readonly limits: RequestLimitsConfig;
}

const MAX_TENANTS = 10_000;
const MAX_LOOKUPS = 1000;

/**
 * An empty list is valid here: `withoutCredentials` checks that a caller has some credentials.
 */
const secrets = z.array(textThat(filled, unpadded, printable), must('must be a list')).default([]);

export const callerSchema = strict({
  apiKeys: secrets,
  hmacSecrets: secrets,
  genesysUsers: genesysUsersSchema.optional(),
  tenants: listOf(textThat(tenant), MAX_TENANTS),
  scopes: listOf(oneOf(SCOPES), SCOPES.length),
  lookups: listOf(text, MAX_LOOKUPS).optional(),
  limits: strict({ ...requestLimitKeys, maxPerUserPerSecond: wholeNumber(1, 1000).optional() }).prefault({}),
});

/** The sketch of a caller; see `seen` in `scalars.ts`. */
export const callerSketch = z.object({
  apiKeys: seen(z.array(seen(text))),
  hmacSecrets: seen(z.array(seen(text))),
  genesysUsers: seen(genesysUsersSketch),
  limits: seen(z.object({ maxPerUserPerSecond: z.unknown().optional() })),
  lookups: seen(z.array(seen(text))),
  scopes: seen(z.array(seen(oneOf(SCOPES)))),
});

type CallerSketch = z.infer<typeof callerSketch>;
type SecretKind = 'apiKeys' | 'hmacSecrets';
type NamedCallers = readonly (readonly [string, CallerSketch])[];

/** The caller of every request without credentials, while the sandbox runs. */
const SANDBOX_CALLER = 'sandbox';

/** A page in a browser may read. Programs invalidate, report events and operate. */
export const USER_SCOPES: readonly Scope[] = ['lookup', 'agents'];

interface CallerContext extends CheckContext, UsersContext {
  /**
   * The declared lookups by name, composed lookups too. `undefined` if the section is malformed.
   */
  readonly lookups: Readonly<Record<string, unknown>> | undefined;
}

/** @param usersSystem the system that verifies tokens if the caller names none */
export function callerConfig(
  name: string,
  { limits, lookups, genesysUsers: users, ...caller }: z.infer<typeof callerSchema>,
  usersSystem = '',
): CallerConfig {
  const { maxPerUserPerSecond = DEFAULT_PER_USER } = limits;
  const genesysUsers = users && { ...users, system: users.system ?? usersSystem, maxPerUserPerSecond };
  return { name, ...caller, genesysUsers, lookups, limits: requestLimits(limits) };
}

export function callerFindings(
  sketches: Readonly<Record<string, CallerSketch | undefined>> = {},
  context: CallerContext,
): Finding[] {
  const declared = Object.entries(sketches);
  const callers = declared.flatMap(([name, caller]) => (caller === undefined ? [] : [[name, caller] as const]));
  return [
    ...missingCallers(declared.length, context),
    ...callers.flatMap(([name]) => reservedName(name)),
    ...callers.flatMap(([name, caller]) => withoutCredentials(name, caller, context)),
    ...callers.flatMap(([name, caller]) => misplacedUsers(name, caller)),
    ...genesysUsersFindings(
      callers.flatMap(([name, { genesysUsers }]) =>
        genesysUsers === undefined ? [] : [[name, genesysUsers] as const],
      ),
      context,
    ),
    ...callers.flatMap(([name, caller]) => unknownLookups(name, caller, context)),
    ...sharedSecrets('apiKeys', callers),
    ...sharedSecrets('hmacSecrets', callers),
  ];
}

function missingCallers(declared: number, { mode, isSound }: CheckContext): Finding[] {
  if (mode !== 'production' || declared > 0 || !isSound(['callers'])) return [];
  return [{ path: ['callers'], message: 'required in production: declare at least one caller' }];
}

function reservedName(name: string): Finding[] {
  if (name !== SANDBOX_CALLER) return [];
  return [{ path: ['callers', name], message: 'is reserved for requests to the sandbox', hidesValue: true }];
}

function withoutCredentials(
  name: string,
  { apiKeys = [], hmacSecrets = [], genesysUsers }: CallerSketch,
  { isSound }: CheckContext,
): Finding[] {
  const path = ['callers', name];
  if (apiKeys.length + hmacSecrets.length > 0 || genesysUsers !== undefined || !isSound(path)) return [];
  return [
    { path, message: 'needs apiKeys, hmacSecrets or genesysUsers: a request proves its caller with one of them' },
  ];
}

/** Rights of a browser stay apart from rights of a program. */
function misplacedUsers(
  name: string,
  { apiKeys = [], hmacSecrets = [], genesysUsers, limits, scopes = [] }: CallerSketch,
): Finding[] {
  const path = ['callers', name];
  if (genesysUsers === undefined) {
    if (limits?.maxPerUserPerSecond === undefined) return [];
    return [{ path: [...path, 'limits', 'maxPerUserPerSecond'], message: 'needs genesysUsers' }];
  }
  const message = 'must not stand next to apiKeys or hmacSecrets: declare a second caller';
  return [
    ...(apiKeys.length + hmacSecrets.length > 0 ? [{ path: [...path, 'genesysUsers'], message }] : []),
    ...scopes.flatMap((scope, at): Finding[] =>
      scope === undefined || USER_SCOPES.includes(scope)
        ? []
        : [
            {
              path: [...path, 'scopes', at],
              message: `not allowed with genesysUsers; allowed: ${USER_SCOPES.join(', ')}`,
            },
          ],
    ),
  ];
}

function unknownLookups(name: string, { lookups = [] }: CallerSketch, { lookups: declared }: CallerContext): Finding[] {
  if (declared === undefined) return [];
  return lookups.flatMap((lookup, at): Finding[] => {
    if (lookup === undefined || Object.hasOwn(declared, lookup)) return [];
    return [{ path: ['callers', name, 'lookups', at], message: unknownLookupWording(declared) }];
  });
}

/** The secret alone identifies the caller, so two callers cannot share one. */
function sharedSecrets(kind: SecretKind, callers: NamedCallers): Finding[] {
  const owners = new Map<string, string>();
  return callers.flatMap(([name, caller]) =>
    (caller[kind] ?? []).flatMap((secret, at): Finding[] => {
      if (secret === undefined) return [];
      const owner = owners.get(secret) ?? name;
      owners.set(secret, owner);
      return owner === name
        ? []
        : [{ path: ['callers', name, kind, at], message: `is also a secret of the caller ${owner}` }];
    }),
  );
}
