import type { Answer } from '../../exchange.js';
import type { VendorRequest, VendorTokens } from '../vendor.js';

/** The only registered app, and the only tenant. */
const CLIENT = { id: 'sandbox-application', secret: 'sandbox-application-secret' };
const TENANT = 'sandbox-tenant';

/** The login of Entra. A request without `scope` is refused. */
export function tokenAnswer({ params, body, headers }: VendorRequest, tokens: VendorTokens): Answer {
  const form = new URLSearchParams(body);
  const scope = form.get('scope') ?? '';
  const environment = `http://${headers.host ?? ''}/dynamics`;
  if (params.tenant !== TENANT) return refused(400, 'invalid_request', 90_002, 'Tenant not found.');
  if (form.get('grant_type') !== 'client_credentials')
    return refused(400, 'unsupported_grant_type', 70_003, 'The app requested an unsupported grant type.');
  if (scope === '') return refused(400, 'invalid_request', 90_014, "The required field 'scope' is missing.");
  if (scope !== `${environment}/.default`)
    return refused(400, 'invalid_scope', 1_002_012, 'The provided value for scope is not valid.');
  if (form.get('client_id') !== CLIENT.id)
    return refused(400, 'unauthorized_client', 700_016, 'Application was not found in the directory.');
  if (form.get('client_secret') !== CLIENT.secret)
    return refused(401, 'invalid_client', 7_000_215, 'Invalid client secret provided.');
  const life = tokens.lifeS();
  return {
    status: 200,
    body: { token_type: 'Bearer', expires_in: life, ext_expires_in: life, access_token: tokens.issue(CLIENT.id) },
  };
}

function refused(status: number, error: string, code: number, text: string): Answer {
  return { status, body: { error, error_description: `AADSTS${code}: ${text}`, error_codes: [code] } };
}
