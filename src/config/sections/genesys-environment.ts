import type { VariableDoc, Variables } from '../environment/variables.js';
import type { TextRule } from '../schema/scalars.js';
import { baseUrl, filled, noColon, printable, unpadded } from '../schema/text-rules.js';

/** The Genesys Cloud client of the environment, for systems whose `auth` names no client. */
export interface GenesysEnvironment {
  readonly loginUrl: string | undefined;
  readonly apiUrl: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  /**
   * `false` means that no variable of Genesys Cloud is set. Datadip then leaves optional systems
   * out.
   */
  readonly isGiven: boolean;
}

export const GENESYS_VARIABLES: readonly VariableDoc[] = [
  {
    name: 'GENESYS_ENVIRONMENT',
    meaning:
      'The domain of the Genesys Cloud region, such as mypurecloud.com or usw2.pure.cloud. Datadip then uses https://login.<domain> and https://api.<domain>. If all five variables of Genesys Cloud are empty, Datadip leaves out the lookups that read Genesys Cloud. While the sandbox runs, these lookups read the sandbox.',
    default: '',
    isSecret: false,
  },
  {
    name: 'GENESYS_LOGIN_URL',
    meaning: 'The address that issues tokens, in place of https://login.<domain>.',
    default: '',
    isSecret: true,
  },
  {
    name: 'GENESYS_API_URL',
    meaning: 'The address of the platform API, in place of https://api.<domain>.',
    default: '',
    isSecret: true,
  },
  {
    name: 'GENESYS_CLIENT_ID',
    meaning:
      'The id of the OAuth client with the grant client credentials. Give the client a read-only role: Datadip refuses a client that may write.',
    default: '',
    isSecret: false,
  },
  {
    name: 'GENESYS_CLIENT_SECRET',
    meaning: 'The secret of the OAuth client.',
    default: '',
    isSecret: true,
  },
];

const DOMAIN = /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;

/** The domain of a region, as in `mypurecloud.com`. */
export const domain: TextRule = (text) =>
  DOMAIN.test(text) && !/^(login|api|apps)\./i.test(text) ? undefined : 'must be a domain, such as mypurecloud.com';

/** The rules for an id and a secret that Datadip sends as Basic credentials. */
export const clientIdRules: readonly TextRule[] = [filled, unpadded, noColon, printable];
export const clientSecretRules: readonly TextRule[] = [filled, unpadded, printable];

export const loginUrlOf = (environment: string): string => `https://login.${environment}`;
export const apiUrlOf = (environment: string): string => `https://api.${environment}`;

export function withoutTrailingSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

export function readGenesys(variables: Variables): GenesysEnvironment {
  const environment = checkedText(variables, 'GENESYS_ENVIRONMENT', domain);
  const [loginUrl, apiUrl] = [address(variables, 'GENESYS_LOGIN_URL'), address(variables, 'GENESYS_API_URL')];
  return {
    loginUrl: loginUrl ?? (environment === undefined ? undefined : loginUrlOf(environment)),
    apiUrl: apiUrl ?? (environment === undefined ? undefined : apiUrlOf(environment)),
    clientId: checkedText(variables, 'GENESYS_CLIENT_ID', ...clientIdRules),
    clientSecret: checkedText(variables, 'GENESYS_CLIENT_SECRET', ...clientSecretRules),
    isGiven: GENESYS_VARIABLES.some(({ name }) => variables.text(name) !== undefined),
  };
}

function address(variables: Variables, name: string): string | undefined {
  const url = checkedText(variables, name, baseUrl);
  return url === undefined ? undefined : withoutTrailingSlash(url);
}

/** Reports a bad value and returns it, so that the value does not count as missing, too. */
function checkedText(variables: Variables, name: string, ...rules: readonly TextRule[]): string | undefined {
  const text = variables.text(name);
  if (text === undefined) return undefined;
  const [complaint] = rules.map((rule) => rule(text)).filter((found) => found !== undefined);
  if (complaint !== undefined) variables.refuse(name, complaint);
  return text;
}
