import type { Answer, DescribedRoutes } from './described.js';
import { accepting, always, exactly, FLAG, listOf, NUMBER, TEXT, WHOLE, words } from './schemas.js';

const open = { tag: 'operation', scopes: [], ofTenant: false } as const;
const forOperators = { tag: 'operation', scopes: ['operate'], ofTenant: false } as const;

const REPORT = exactly({
  status: words('ok', 'error', 'shutting_down'),
  info: { type: 'object' },
  error: { type: 'object' },
  details: { type: 'object' },
});

function probe(id: string, summary: string, well: string, unwell?: string) {
  const answers: Record<number, Answer> = { 200: { description: well, schema: REPORT } };
  if (unwell !== undefined) answers[503] = { description: unwell, schema: REPORT };
  return { ...open, id, summary, answers };
}

const BASE_URL = {
  name: 'baseUrl',
  in: 'query',
  description: 'Where the platform is to find the service, https. Default: the address of this request',
  example: 'https://datadip.example.com',
} as const;

/** What the operator, the cluster and the developer ask. */
export const RUNNING_OPERATIONS: DescribedRoutes = {
  'GET /health': {
    ...open,
    id: 'health',
    summary: 'Whether it answers at all',
    answers: { 200: { description: 'It does', schema: exactly({ status: always('ok'), region: TEXT }) } },
  },
  'GET /health/live': probe('live', 'Whether the process should go on', 'It should'),
  'GET /health/startup': probe('startup', 'Whether it is warm', 'Warm', 'Not yet'),
  'GET /health/ready': probe('ready', 'Whether it takes callers', 'It does', 'Not warm yet, or stopping'),
  'GET /metrics': {
    ...forOperators,
    id: 'metrics',
    summary: 'Figures for Prometheus',
    answers: { 200: { description: 'Prometheus text', schema: TEXT, contentType: 'text/plain' } },
  },
  'GET /api/v1/systems': {
    tag: 'lookups',
    scopes: ['lookup'],
    ofTenant: false,
    id: 'systems',
    summary: 'Which systems of record can be reached',
    answers: {
      200: {
        description: 'As of five seconds ago at most',
        schema: exactly({
          systems: listOf(accepting({ system: TEXT, reachable: FLAG, connectMs: NUMBER }, ['system', 'reachable'])),
        }),
      },
    },
  },
  'GET /data-actions': {
    ...forOperators,
    id: 'data-actions',
    summary: 'The Data Actions that Genesys Cloud can import',
    parameters: [BASE_URL],
    answers: {
      200: {
        description: 'One a lookup, and those for agents',
        schema: exactly({
          baseUrl: TEXT,
          dataActions: listOf(exactly({ name: TEXT, description: TEXT, href: TEXT })),
        }),
      },
    },
  },
  'GET /data-actions/{name}.custom.json': {
    ...forOperators,
    id: 'data-action',
    summary: 'A Data Action, to be imported as it is',
    parameters: [
      {
        name: 'name',
        in: 'path',
        description: 'A lookup, or agents-available, agents-confirm, agents-release',
        required: true,
        example: 'customer',
      },
      BASE_URL,
    ],
    answers: { 200: { description: 'The file', schema: dataAction(), headers: ['Content-Disposition'] } },
    refusals: { 404: ['unknown_lookup'] },
  },
  'GET /docs': {
    ...forOperators,
    id: 'docs',
    summary: 'This document, to read and to try',
    answers: { 200: { description: 'A page', schema: TEXT, contentType: 'text/html' } },
  },
  'GET /docs/{asset}': {
    ...forOperators,
    id: 'docs-asset',
    summary: 'A part of that page',
    parameters: [{ name: 'asset', in: 'path', description: 'Name of the file', required: true, example: 'page.js' }],
    answers: { 200: { description: 'The file', schema: TEXT, contentType: '*/*' } },
    refusals: { 404: ['not_found'] },
  },
  'GET /docs-json': {
    ...forOperators,
    id: 'docs-json',
    summary: 'This document',
    answers: {
      200: {
        description: 'OpenAPI 3.1',
        schema: accepting({ openapi: TEXT, info: { type: 'object' }, paths: { type: 'object' } }, [
          'openapi',
          'info',
          'paths',
        ]),
      },
    },
  },
  'POST /oauth/token': {
    tag: 'events',
    scopes: [],
    ofTenant: false,
    id: 'token',
    summary: 'A token for a caller’s name and key (RFC 6749, client credentials)',
    body: {
      contentType: 'application/x-www-form-urlencoded',
      schema: accepting(
        { grant_type: words('client_credentials'), client_id: TEXT, client_secret: TEXT, scope: TEXT },
        ['grant_type'],
      ),
      example: { grant_type: 'client_credentials', client_id: 'architect', client_secret: 'its key' },
    },
    answers: {
      200: {
        description: 'A token for an hour',
        schema: exactly({ access_token: TEXT, token_type: always('Bearer'), expires_in: WHOLE, scope: TEXT }),
      },
    },
    refusals: { 400: ['invalid_request', 'unsupported_grant_type', 'invalid_scope'], 401: ['invalid_client'] },
  },
};

function dataAction() {
  const object = { type: 'object' };
  return exactly({
    name: TEXT,
    integrationType: always('custom-rest-actions'),
    actionType: always('custom'),
    config: exactly({
      request: object,
      response: object,
      timeoutSeconds: { type: 'integer', minimum: 1, maximum: 60 },
    }),
    contract: exactly({ input: object, output: object }),
    secure: always(false),
  });
}
