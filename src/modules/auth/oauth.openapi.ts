import type { RouteDescriptions } from '../../contracts/openapi/route-description.js';
import { closedObject, constant, enumOf, INTEGER, openObject, STRING } from '../../contracts/openapi/schemas.js';

/** The route of `OAuthController`. */
export const OAUTH_OPERATIONS: RouteDescriptions = {
  'POST /oauth/token': {
    tag: 'events',
    scopes: [],
    ofTenant: false,
    id: 'token',
    summary: 'Issue an access token for the name and key of a caller (RFC 6749, client credentials)',
    body: {
      contentType: 'application/x-www-form-urlencoded',
      schema: openObject(
        { grant_type: enumOf('client_credentials'), client_id: STRING, client_secret: STRING, scope: STRING },
        ['grant_type'],
      ),
      example: { grant_type: 'client_credentials', client_id: 'architect', client_secret: 'its key' },
    },
    responses: {
      200: {
        description: 'An access token, valid for one hour',
        schema: closedObject({
          access_token: STRING,
          token_type: constant('Bearer'),
          expires_in: INTEGER,
          scope: STRING,
        }),
      },
    },
    problems: {
      400: ['invalid_request', 'unsupported_grant_type', 'invalid_scope'],
      401: ['invalid_client'],
      429: ['too_many_requests'],
    },
  },
};
