import type { PlatformAuth, TokenAuthConfig } from '../../../config/sections/systems/system-config.js';
import type { Clock } from '../../../kernel/clock.js';
import { Deadline } from '../../../kernel/deadline.js';
import type { OriginClient } from '../../origin-client.js';
import { tokenCredentials } from '../token-auth.js';
import type { Token } from '../token-sources.js';
import { findWritePermissions, parsePermissions } from './write-permissions.js';

/**
 * Resolves to the write permissions of the client. Rejects with `OriginFailure` when the platform
 * cannot be asked now.
 */
export type PermissionCheck = (token: Token, scopes: readonly string[] | undefined) => Promise<readonly string[]>;

export interface PermissionCheckParts {
  /** A system of the client: the platform is asked through its budget. */
  readonly origin: OriginClient;
  readonly clock: Clock;
  /** The platform answered without the client's permissions. */
  readonly onUnknown: () => void;
}

const TOKEN_INFO = { kind: 'http', method: 'GET', pathAndQuery: '/api/v2/tokens/me', body: undefined } as const;

/**
 * Finds the permissions of a client that would let it write. The check reads the `scope` of the
 * login's answer, and otherwise asks Genesys Cloud about the token.
 *
 * CXone does not report the permissions of an access key. A stand-in for Genesys Cloud, or a
 * gateway in front of it, may not have the address. In both cases the check assumes read-only
 * access, because a wait for the answer would never end.
 *
 * The scopes of other logins (`oauth2`) have no common words, so nothing is checked there.
 *
 * @param auths of all systems that share the client
 * @returns `undefined` when every system allows the client to write
 */
export function createPermissionCheck(
  auths: readonly TokenAuthConfig[],
  parts: PermissionCheckParts,
): PermissionCheck | undefined {
  const readOnly = auths.filter(isPlatform).filter(({ allowWrite }) => !allowWrite);
  const patterns = readOnly.flatMap(({ writePermissions }) => writePermissions);
  if (readOnly.length === 0) return undefined;
  const isGenesys = readOnly.some(({ type }) => type === 'genesys');
  return async (token, scopes) => {
    const permissions = scopes ?? (isGenesys ? await readPermissions(parts, token) : []);
    if (permissions === undefined) parts.onUnknown();
    return findWritePermissions(permissions ?? [], patterns);
  };
}

/**
 * Passes the budget like every other call, so that Datadip and the platform count the same calls.
 *
 * @returns `undefined` when the platform does not report permissions
 */
async function readPermissions(
  { origin, clock }: PermissionCheckParts,
  token: Token,
): Promise<readonly string[] | undefined> {
  const deadline = new Deadline(clock, clock.nowMs() + origin.timeoutMs);
  const { body } = await origin.callAs(tokenCredentials(token), TOKEN_INFO, { priority: 'ivr', deadline });
  return parsePermissions(body);
}

function isPlatform(auth: TokenAuthConfig): auth is PlatformAuth {
  return auth.type !== 'oauth2';
}
