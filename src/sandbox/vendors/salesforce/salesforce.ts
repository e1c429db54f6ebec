import type { Answer } from '../../exchange.js';
import { bearerToken } from '../../login/token-registry.js';
import { QuerySyntaxError } from '../token-cursor.js';
import type { Vendor, VendorContext, VendorRequest, VendorTokens } from '../vendor.js';
import { runSoql } from './run-soql.js';
import { errorBody, SalesforceError } from './salesforce-error.js';
import { contactRows } from './schema.js';
import { parseSoql } from './soql-syntax.js';

const NAME = 'salesforce';
/** The only connected app. */
const CLIENT = { id: 'sandbox-consumer-key', secret: 'sandbox-consumer-secret' };

/** Salesforce: the token endpoint of an organization, and queries in SOQL. */
export function createSalesforce({ people, tokens }: VendorContext): Vendor {
  const tables = { Contact: contactRows(people) };
  return {
    name: NAME,
    routes: [
      {
        method: 'POST',
        path: '/services/oauth2/token',
        isLogin: true,
        answer: (request) => tokenAnswer(request, tokens),
      },
      {
        method: 'GET',
        path: '/services/data/:version/query',
        answer: ({ query }) => queryAnswer(query.get('q') ?? '', tables),
      },
    ],
    rejectionOf: ({ headers }) => (tokens.isValid(bearerToken(headers.authorization)) ? undefined : EXPIRED.answer),
    failureBody: (status) =>
      status === 403
        ? errorBody('REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.')
        : errorBody('UNKNOWN_EXCEPTION', 'An unexpected error occurred.'),
    noRoute: new SalesforceError('NOT_FOUND', 'The requested resource does not exist', 404).answer,
  };
}

/** The 401 of an unknown token is that of an expired session. */
const EXPIRED = new SalesforceError('INVALID_SESSION_ID', 'Session expired or invalid', 401);

/** The answer has no `expires_in`: the session policy of the organization decides. */
function tokenAnswer({ headers, body }: VendorRequest, tokens: VendorTokens): Answer {
  const form = new URLSearchParams(body);
  if (form.get('grant_type') !== 'client_credentials')
    return loginError('unsupported_grant_type', 'grant type not supported');
  if (form.get('client_id') !== CLIENT.id) return loginError('invalid_client_id', 'client identifier invalid');
  if (form.get('client_secret') !== CLIENT.secret) return loginError('invalid_client', 'invalid client credentials');
  const instance = `http://${headers.host ?? ''}/${NAME}`;
  return {
    status: 200,
    body: {
      access_token: tokens.issue(CLIENT.id),
      signature: 'c2FuZGJveA==',
      scope: 'api',
      instance_url: instance,
      id: `${instance}/id/00DHs0000000001MAA/005Hs0000000001IAA`,
      token_type: 'Bearer',
      issued_at: String(Date.now()),
    },
  };
}

function loginError(error: string, description: string): Answer {
  return { status: 400, body: { error, error_description: description } };
}

function queryAnswer(soql: string, tables: Parameters<typeof runSoql>[1]): Answer {
  try {
    return { status: 200, body: runSoql(parseSoql(soql), tables) };
  } catch (error) {
    if (error instanceof SalesforceError) return error.answer;
    if (error instanceof QuerySyntaxError) return malformed(soql, error);
    throw error;
  }
}

function malformed(soql: string, { at, message }: QuerySyntaxError): Answer {
  const text = `\n${soql}\n${' '.repeat(at)}^\nERROR at Row:1:Column:${at + 1}\n${message}`;
  return new SalesforceError('MALFORMED_QUERY', text).answer;
}
