import { SIGNATURE_HEADER, SIGNATURE_TIMESTAMP_HEADER } from '../../../contracts/headers.js';
import type { Scope } from '../../../config/config.js';

const SCOPES: Readonly<Record<Scope, string>> = {
  lookup: 'Ask lookups',
  agents: 'Claim agents, and say who serves which queue',
  invalidate: 'Say that a customer has changed',
  events: 'Say how agents are',
  operate: 'Run the service',
};

export const OAUTH = {
  type: 'oauth2' as const,
  flows: { clientCredentials: { tokenUrl: '/oauth/token', scopes: { ...SCOPES } } },
};

export const SIGNATURE = {
  type: 'apiKey' as const,
  in: 'header',
  name: SIGNATURE_HEADER,
  description: 'sha256= and the HMAC-SHA256, hex or base64, of "<timestamp>.<body>"',
};

export const SIGNED_AT = {
  type: 'apiKey' as const,
  in: 'header',
  name: SIGNATURE_TIMESTAMP_HEADER,
  description: 'Unix seconds, at most 300 s off',
};
