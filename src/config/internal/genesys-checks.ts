import type { CheckContext } from './check-context.js';
import type { AuthSketch, SystemSketch } from './file-sketch.js';
import type { Finding } from './finding.js';
import type { GenesysEnvironment } from './genesys-environment.js';
import type { Path } from './path.js';

interface Said {
  readonly clientId?: unknown;
  readonly clientSecret?: unknown;
  readonly optional?: boolean | undefined;
}

/** Whether a system is left out: it may be, and neither the file nor the environment says anything of its client. */
export function isLeftOut({ clientId, clientSecret, optional }: Said, { isGiven }: GenesysEnvironment): boolean {
  return optional === true && !isGiven && clientId === undefined && clientSecret === undefined;
}

/** What a client of Genesys Cloud needs stands in its `auth` or in the environment. */
export function genesysFindings({ baseUrl, auth }: SystemSketch, path: Path, { genesys }: CheckContext): Finding[] {
  if (auth?.type !== 'genesys' || isLeftOut(auth, genesys)) return [];
  const lacking = [...lackingClient(auth, genesys), ...lackingPlace(auth, baseUrl, genesys)];
  return lacking.map(([at, elsewhere]) => ({
    path: [...path, ...at],
    message: `is required, here or as ${elsewhere} in the environment`,
  }));
}

type Lacking = readonly [at: readonly string[], elsewhere: string];

/** Id and secret belong together: half of a client here is not made whole by half of another one there. */
function lackingClient({ clientId, clientSecret }: AuthSketch, genesys: GenesysEnvironment): Lacking[] {
  const client = (clientId ?? clientSecret) === undefined ? genesys : { clientId, clientSecret };
  return [
    ...(client.clientId === undefined ? [[['auth', 'clientId'], 'GENESYS_CLIENT_ID'] as const] : []),
    ...(client.clientSecret === undefined ? [[['auth', 'clientSecret'], 'GENESYS_CLIENT_SECRET'] as const] : []),
  ];
}

/** Whoever logs in elsewhere does not ask the environment's API. */
function lackingPlace(
  { environment, loginUrl }: AuthSketch,
  baseUrl: unknown,
  { loginUrl: usualLogin, apiUrl }: GenesysEnvironment,
): Lacking[] {
  const usualApi = loginUrl === undefined ? apiUrl : undefined;
  const [api, login] = [baseUrl ?? environment ?? usualApi, environment ?? loginUrl ?? usualLogin];
  return [
    ...(api === undefined ? [[['baseUrl'], 'GENESYS_ENVIRONMENT or GENESYS_API_URL'] as const] : []),
    ...(login === undefined ? [[['auth', 'loginUrl'], 'GENESYS_ENVIRONMENT or GENESYS_LOGIN_URL'] as const] : []),
  ];
}
