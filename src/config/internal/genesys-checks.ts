import type { CheckContext } from './check-context.js';
import type { SystemSketch } from './file-sketch.js';
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

/** What a client of Genesys Cloud needs stands in its `auth` or in the environment. Id and secret belong together. */
export function genesysFindings({ baseUrl, auth }: SystemSketch, path: Path, { genesys }: CheckContext): Finding[] {
  if (auth?.type !== 'genesys' || isLeftOut(auth, genesys)) return [];
  const { environment, loginUrl, clientId, clientSecret } = auth;
  const ownPlace = environment ?? loginUrl;
  const ownClient = clientId ?? clientSecret;
  const needed: readonly [at: readonly string[], given: unknown, elsewhere: string][] = [
    [['baseUrl'], baseUrl ?? environment ?? (loginUrl === undefined ? genesys.apiUrl : undefined), API],
    [['auth', 'loginUrl'], ownPlace ?? genesys.loginUrl, LOGIN],
    [['auth', 'clientId'], clientId ?? (ownClient === undefined ? genesys.clientId : undefined), ID],
    [['auth', 'clientSecret'], clientSecret ?? (ownClient === undefined ? genesys.clientSecret : undefined), SECRET],
  ];
  return needed.flatMap(([at, given, elsewhere]): Finding[] =>
    given === undefined ? [{ path: [...path, ...at], message: `is required, here or as ${elsewhere}` }] : [],
  );
}

const API = 'GENESYS_ENVIRONMENT or GENESYS_API_URL in the environment';
const LOGIN = 'GENESYS_ENVIRONMENT or GENESYS_LOGIN_URL in the environment';
const ID = 'GENESYS_CLIENT_ID in the environment';
const SECRET = 'GENESYS_CLIENT_SECRET in the environment';
