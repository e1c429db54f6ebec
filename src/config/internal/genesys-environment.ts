import { baseUrl, filled, noColon, printable, unpadded } from './text-rules.js';
import type { TextRule } from './scalars.js';
import type { Variables } from './variables.js';

/** What the environment says of Genesys Cloud, for systems whose `auth` does not say it itself. */
export interface GenesysEnvironment {
  readonly loginUrl: string | undefined;
  readonly apiUrl: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  /** False: none of its variables is set, and an optional system is left out. */
  readonly isGiven: boolean;
}

export const GENESYS_VARIABLES = [
  'GENESYS_ENVIRONMENT',
  'GENESYS_LOGIN_URL',
  'GENESYS_API_URL',
  'GENESYS_CLIENT_ID',
  'GENESYS_CLIENT_SECRET',
] as const;

const DOMAIN = /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;

/** The domain of a region, as in `mypurecloud.com`. */
export const domain: TextRule = (text) =>
  DOMAIN.test(text) && !/^(login|api|apps)\./i.test(text) ? undefined : 'must be a domain, such as mypurecloud.com';

/** What a client's id and secret must be to be sent as Basic credentials. */
export const clientIdRules: readonly TextRule[] = [filled, unpadded, noColon, printable];
export const clientSecretRules: readonly TextRule[] = [filled, unpadded, printable];

export const loginUrlOf = (environment: string): string => `https://login.${environment}`;
export const apiUrlOf = (environment: string): string => `https://api.${environment}`;

export function withoutTrailingSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

export function readGenesys(variables: Variables): GenesysEnvironment {
  const environment = fitting(variables, 'GENESYS_ENVIRONMENT', domain);
  const [loginUrl, apiUrl] = [address(variables, 'GENESYS_LOGIN_URL'), address(variables, 'GENESYS_API_URL')];
  return {
    loginUrl: loginUrl ?? (environment === undefined ? undefined : loginUrlOf(environment)),
    apiUrl: apiUrl ?? (environment === undefined ? undefined : apiUrlOf(environment)),
    clientId: fitting(variables, 'GENESYS_CLIENT_ID', ...clientIdRules),
    clientSecret: fitting(variables, 'GENESYS_CLIENT_SECRET', ...clientSecretRules),
    isGiven: GENESYS_VARIABLES.some((name) => variables.text(name) !== undefined),
  };
}

function address(variables: Variables, name: string): string | undefined {
  const url = fitting(variables, name, baseUrl);
  return url === undefined ? undefined : withoutTrailingSlash(url);
}

/** A bad value is reported here and counts as given: that it is missing need not be said as well. */
function fitting(variables: Variables, name: string, ...rules: readonly TextRule[]): string | undefined {
  const text = variables.text(name);
  if (text === undefined) return undefined;
  const [complaint] = rules.map((rule) => rule(text)).filter((found) => found !== undefined);
  if (complaint !== undefined) variables.refuse(name, complaint);
  return text;
}
