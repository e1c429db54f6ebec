import { hash } from 'node:crypto';
import type { SystemAuth } from '../../config/config.js';

/**
 * The client of a platform that a system's calls are made as: what its tokens, its budget and its pauses go by, here and in the store.
 * A hash, because whose account it is concerns nobody who reads keys. Absent: the system has no client.
 */
export function originClientId(auth: SystemAuth): string | undefined {
  switch (auth.type) {
    case 'genesys':
      return named(auth.type, auth.loginUrl, auth.clientId);
    case 'cxone':
      return named(auth.type, auth.loginUrl, auth.accessKeyId);
    case 'none':
    case 'bearer':
    case 'basic':
    case 'header':
      return undefined;
  }
}

function named(...words: readonly [type: string, loginUrl: string, id: string]): string {
  return `client:${words[0]}:${hash('sha256', words.join('\n'), 'hex').slice(0, 16)}`;
}
