import type { Finding, Path } from '../../yaml/finding.js';
import type { CheckContext } from '../check-context.js';
import type { GenesysEnvironment } from '../genesys-environment.js';
import type { AuthSketch, SystemSketch } from './system-schema.js';

interface OptionalClient {
  readonly clientId?: unknown;
  readonly clientSecret?: unknown;
  readonly optional?: boolean | undefined;
}

/**
 * Whether Datadip leaves a system out: the system is optional, and neither the file nor the
 * environment names its client.
 */
export function isLeftOut(
  { clientId, clientSecret, optional }: OptionalClient,
  { isGiven }: GenesysEnvironment,
): boolean {
  return optional === true && !isGiven && clientId === undefined && clientSecret === undefined;
}

/** Requires the settings of a Genesys Cloud client, from its `auth` or from the environment. */
export function genesysFindings({ baseUrl, auth }: SystemSketch, path: Path, { genesys }: CheckContext): Finding[] {
  if (auth?.type !== 'genesys' || isLeftOut(auth, genesys)) return [];
  const missing = [...missingClient(auth, genesys), ...missingAddresses(auth, baseUrl, genesys)];
  return missing.map(([at, variable]) => ({
    path: [...path, ...at],
    message: `is required, here or as ${variable} in the environment`,
  }));
}

type Missing = readonly [at: readonly string[], variable: string];

/** Id and secret must come from one place: the file or the environment. */
function missingClient({ clientId, clientSecret }: AuthSketch, genesys: GenesysEnvironment): Missing[] {
  const client = (clientId ?? clientSecret) === undefined ? genesys : { clientId, clientSecret };
  return [
    ...(client.clientId === undefined ? [[['auth', 'clientId'], 'GENESYS_CLIENT_ID'] as const] : []),
    ...(client.clientSecret === undefined ? [[['auth', 'clientSecret'], 'GENESYS_CLIENT_SECRET'] as const] : []),
  ];
}

/**
 * A system with its own `loginUrl` needs `baseUrl`, because the API of the environment does not
 * belong to this login.
 */
function missingAddresses(
  { environment, loginUrl }: AuthSketch,
  baseUrl: unknown,
  { loginUrl: defaultLogin, apiUrl }: GenesysEnvironment,
): Missing[] {
  const defaultApi = loginUrl === undefined ? apiUrl : undefined;
  const [api, login] = [baseUrl ?? environment ?? defaultApi, environment ?? loginUrl ?? defaultLogin];
  return [
    ...(api === undefined ? [[['baseUrl'], 'GENESYS_ENVIRONMENT or GENESYS_API_URL'] as const] : []),
    ...(login === undefined ? [[['auth', 'loginUrl'], 'GENESYS_ENVIRONMENT or GENESYS_LOGIN_URL'] as const] : []),
  ];
}
