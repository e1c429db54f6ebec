import { found, type ApiRoute } from './api-routes.js';
import type { ClientBook } from './client-book.js';
import { idOf } from './ids.js';

/** `GET /api/v2/tokens/me`: whose the token is and what it is for. */
export function tokenInfoRoute(clients: ClientBook): ApiRoute {
  return {
    path: '/api/v2/tokens/me',
    permission: undefined,
    answer: ({ clientId }) => found(tokenInfo(clients, clientId)),
  };
}

function tokenInfo(clients: ClientBook, id: string): object | undefined {
  const client = clients.byId(id);
  if (client === undefined) return undefined;
  const authorizedScope = client.authorizedScope ?? client.permissions;
  const organization = { id: idOf('organization', 1), name: 'Sandbox' };
  return {
    organization,
    homeOrganization: organization,
    authorizedScope,
    OAuthClient: { id, name: id, authorizedGrantType: 'CLIENT-CREDENTIALS', scope: authorizedScope, organization },
  };
}
