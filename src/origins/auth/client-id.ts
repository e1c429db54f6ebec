import { hash } from 'node:crypto';
import type { SystemAuth } from '../../config/sections/systems/system-config.js';

/**
 * Names the platform client that a system's calls use. Tokens, rate and pauses are counted under
 * this name, in this process and in Redis. The name is a hash, so that readers of Redis keys do not
 * learn the account.
 *
 * A client of another login (`oauth2`) has no common limit that Datadip knows. So each of its
 * systems counts alone.
 *
 * @returns `undefined` for a system without a platform client
 */
export function originClientId(auth: SystemAuth): string | undefined {
  switch (auth.type) {
    case 'genesys':
      return clientName(auth.type, auth.loginUrl, auth.clientId);
    case 'cxone':
      return clientName(auth.type, auth.loginUrl, auth.accessKeyId);
    case 'none':
    case 'bearer':
    case 'basic':
    case 'header':
    case 'query':
    case 'oauth2':
      return undefined;
  }
}

function clientName(...parts: readonly [type: string, loginUrl: string, id: string]): string {
  return `client:${parts[0]}:${hash('sha256', parts.join('\n'), 'hex').slice(0, 16)}`;
}
