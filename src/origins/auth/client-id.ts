import { hash } from 'node:crypto';
import type { SystemConfig } from '../../config/sections/systems/system-config.js';

/**
 * Names the platform client that a system's calls use. Tokens, rate and pauses are counted under
 * this name, in this process and in Redis. The name is a hash, so that readers of Redis keys do not
 * learn the account. A tenant's own system never has the name of another tenant's system: a pause
 * of one tenant must not stop another.
 *
 * A client of another login (`oauth2`) has no common limit that Datadip knows. So each of its
 * systems counts alone.
 *
 * @returns `undefined` for a system without a platform client
 */
export function originClientId({ auth, tenant }: Pick<SystemConfig, 'auth' | 'tenant'>): string | undefined {
  switch (auth.type) {
    case 'genesys':
      return clientName(tenant, auth.type, auth.loginUrl, auth.clientId);
    case 'cxone':
      return clientName(tenant, auth.type, auth.loginUrl, auth.accessKeyId);
    case 'none':
    case 'bearer':
    case 'basic':
    case 'header':
    case 'query':
    case 'oauth2':
      return undefined;
  }
}

function clientName(tenant: string | undefined, type: string, loginUrl: string, id: string): string {
  const parts = [type, loginUrl, id, ...(tenant === undefined ? [] : [tenant])];
  return `client:${type}:${hash('sha256', parts.join('\n'), 'hex').slice(0, 16)}`;
}
