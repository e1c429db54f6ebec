import type { Answer } from '../../exchange.js';
import { bearerToken } from '../../login/token-registry.js';
import type { Vendor, VendorContext, VendorRequest, VendorTokens } from '../vendor.js';
import { customersAnswer } from './customers-api.js';

const KEY = 'sandbox-subscription-key';
const CLIENT = { id: 'sandbox-entra-client', secret: 'sandbox-entra-secret' };
const SCOPE = 'api://customers/.default';

/** Azure API Management: a subscription key next to a token of Entra. The key is checked first. */
export function createAzureApiManagement({ people, tokens }: VendorContext): Vendor {
  return {
    name: 'azure-api-management',
    routes: [
      {
        method: 'POST',
        path: '/:tenant/oauth2/v2.0/token',
        isLogin: true,
        answer: (asked) => tokenAnswer(asked, tokens),
      },
      { method: 'GET', path: '/crm/v1/customers', answer: ({ query }) => customersAnswer(query, people) },
    ],
    rejectionOf: ({ headers }) => {
      const key = headers['ocp-apim-subscription-key'];
      if (key !== KEY) return refusal(key === undefined ? MISSING_KEY : WRONG_KEY);
      return tokens.isValid(bearerToken(headers.authorization))
        ? undefined
        : refusal('Unauthorized. Access token is missing or invalid.');
    },
    failureBody: (status) => ({
      statusCode: status,
      message: status === 429 ? 'Rate limit is exceeded. Try again in 5 seconds.' : 'Internal server error',
    }),
    noRoute: { status: 404, body: { statusCode: 404, message: 'Resource not found' } },
  };
}

const MISSING_KEY =
  'Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.';
const WRONG_KEY =
  'Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.';

function refusal(message: string): Answer {
  return { status: 401, body: { statusCode: 401, message } };
}

function tokenAnswer({ body }: VendorRequest, tokens: VendorTokens): Answer {
  const form = new URLSearchParams(body);
  if (form.get('grant_type') !== 'client_credentials') return loginError(400, 'unsupported_grant_type');
  if (form.get('client_id') !== CLIENT.id || form.get('client_secret') !== CLIENT.secret)
    return loginError(401, 'invalid_client');
  if (form.get('scope') !== SCOPE) return loginError(400, 'invalid_scope');
  const token = { token_type: 'Bearer', expires_in: tokens.lifeS(), ext_expires_in: tokens.lifeS() };
  return { status: 200, body: { ...token, access_token: tokens.issue(CLIENT.id) } };
}

function loginError(status: number, error: string): Answer {
  return { status, body: { error, error_description: 'AADSTS: the request is refused', error_codes: [7000215] } };
}
