import { USER_SCOPES } from '../../../config/sections/callers.js';
import { CACHE_OUTCOME, REQUEST_ID } from '../../../contracts/headers.js';
import type {
  OperationDescription,
  ParameterDescription,
  ResponseDescription,
} from '../../../contracts/openapi/route-description.js';
import { enumOf, STRING } from '../../../contracts/openapi/schemas.js';
import { problemsOf, type Response } from './problems.js';

/** The security schemes by which every caller may authenticate. */
const CREDENTIALS = ['apiKey', 'basic'] as const;

const CACHE_OUTCOMES = enumOf('HIT', 'MISS', 'STALE', 'DEGRADED');

const TENANT_HEADER: ParameterDescription = {
  name: 'X-Genesys-Org',
  in: 'header',
  description: 'The tenant, if the input has no `tenantId`. Only a caller of several tenants needs it',
};

/** The further credentials that a deployment accepts. */
export interface AcceptedCredentials {
  /** Requests without credentials, as in the sandbox. */
  readonly anonymous: boolean;
  /** The tokens of Genesys Cloud users. */
  readonly users: boolean;
}

/** Makes the operation object of the document. */
export function operationOf(operation: OperationDescription, accepted: AcceptedCredentials): Record<string, unknown> {
  const { id, tag, summary, description, scopes, ofTenant, parameters = [], body } = operation;
  const all = ofTenant ? [...parameters, TENANT_HEADER] : parameters;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    parameters: all.map(({ schema = STRING, ...parameter }) => ({ ...parameter, schema })),
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: responsesOf(operation, accepted),
    security: scopes.length === 0 ? [] : securityOf(operation, accepted),
  };
}

function securityOf(
  { scopes, tag }: OperationDescription,
  { anonymous, users }: AcceptedCredentials,
): Record<string, string[]>[] {
  const isForUsers = users && scopes.some((scope) => USER_SCOPES.includes(scope));
  return [
    ...CREDENTIALS.map((name) => ({ [name]: [] })),
    ...scopes.map((scope) => ({ oauth: [scope] })),
    ...(isForUsers ? [{ genesysUser: [] }] : []),
    ...(tag === 'events' ? [{ signature: [], signedAt: [] }] : []),
    ...(anonymous ? [{}] : []),
  ];
}

function requestBody({ schema, contentType = 'application/json', example }: NonNullable<OperationDescription['body']>) {
  return {
    required: 'required' in schema,
    content: { [contentType]: { schema, ...(example === undefined ? {} : { example }) } },
  };
}

function responsesOf(operation: OperationDescription, { users }: AcceptedCredentials): Record<string, unknown> {
  const responses: Record<string, Response> = problemsOf(operation, users);
  for (const [status, described] of Object.entries(operation.responses)) {
    responses[status] = withProblem(responseOf(described), responses[status]);
  }
  return Object.fromEntries(Object.entries(responses).map(([status, response]) => [status, withRequestId(response)]));
}

function responseOf({
  description,
  schema,
  contentType = 'application/json',
  headers = [],
  examples,
}: ResponseDescription): Response {
  const named = Object.entries(examples ?? {}).map(([name, value]) => [name, { value }] as const);
  const content = { schema, ...(examples === undefined ? {} : { examples: Object.fromEntries(named) }) };
  return {
    description,
    headers: Object.fromEntries(
      headers.map((name) => [name, { schema: name === CACHE_OUTCOME ? CACHE_OUTCOMES : STRING }]),
    ),
    content: { [contentType]: content },
  };
}

/** Joins the response and the problem of one status. */
function withProblem(response: Response, problem: Response | undefined): Response {
  if (problem === undefined) return response;
  return {
    description: `${response.description}; or a problem: ${problem.description}`,
    headers: { ...response.headers, ...problem.headers },
    content: { ...response.content, ...problem.content },
  };
}

function withRequestId({ headers, ...rest }: Response): Response {
  return { ...rest, headers: { ...headers, [REQUEST_ID]: { description: 'Id of the request', schema: STRING } } };
}
