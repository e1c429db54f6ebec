import { SIGNATURE_HEADER, SIGNATURE_TIMESTAMP_HEADER } from '../../../contracts/headers.js';
import type { Scope } from '../../../config/sections/callers.js';

const SCOPES: Readonly<Record<Scope, string>> = {
  lookup: 'Use lookups',
  agents: 'Claim agents, and manage queue members',
  invalidate: 'Invalidate the entries of a customer',
  events: 'Report the status of agents',
  operate: 'Operate the service',
};

export const OAUTH = {
  type: 'oauth2' as const,
  flows: { clientCredentials: { tokenUrl: '/oauth/token', scopes: { ...SCOPES } } },
};

export const GENESYS_USER = {
  type: 'http' as const,
  scheme: 'bearer',
  description: 'The token of a Genesys Cloud user, of an organization that a caller declares',
};

export const SIGNATURE = {
  type: 'apiKey' as const,
  in: 'header',
  name: SIGNATURE_HEADER,
  description: '`sha256=` and the HMAC-SHA256 of `<timestamp>.<body>`, in hex or base64',
};

export const SIGNED_AT = {
  type: 'apiKey' as const,
  in: 'header',
  name: SIGNATURE_TIMESTAMP_HEADER,
  description: 'Time of the signature in Unix seconds; allowed: 300 s before or after the time of the service',
};
