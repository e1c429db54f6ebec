import { entityAnswer, type ApiRoute } from './api-routes.js';
import type { ClientRegistry } from './client-registry.js';
import { idOf } from './ids.js';

/** `GET /api/v2/tokens/me` returns the client of the token and its scopes. */
export function tokenInfoRoute(clients: ClientRegistry): ApiRoute {
  return {
    path: '/api/v2/tokens/me',
    permission: undefined,
    answer: ({ clientId }) => entityAnswer(tokenInfo(clients, clientId)),
  };
}

function tokenInfo(clients: ClientRegistry, id: string): object | undefined {
  const client = clients.byId(id);
  if (client === undefined) return undefined;
  const authorizedScope = client.authorizedScope ?? client.permissions;
  const organization = { id: idOf('organization', 1), name: 'Sandbox' };
  return {
    organization,
    homeOrganization: organization,
    authorizedScope,
    OAuthClient: {
      id,
      name: id,
      authorizedGrantType: client.redirectUris === null ? 'CLIENT-CREDENTIALS' : 'PKCE',
      scope: authorizedScope,
      organization,
    },
  };
}
