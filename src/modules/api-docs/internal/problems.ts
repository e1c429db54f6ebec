import { RETRY_AFTER } from '../../../contracts/headers.js';
import type { ProblemCode } from '../../../kernel/errors.js';
import type { OperationDescription, Schema } from '../../../contracts/openapi/route-description.js';
import { STRING } from '../../../contracts/openapi/schemas.js';

type Problems = Readonly<Record<number, readonly ProblemCode[]>>;

/** A response of the document. */
export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, unknown>>;
}

/** A problem document of RFC 9457, with the members that Datadip always sends. */
export const PROBLEM: Schema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'requestId'],
  properties: {
    type: { const: 'about:blank' },
    title: { type: 'string', description: 'Message for people; the text may change' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Code for programs; it does not change' },
    requestId: { type: 'string', description: 'Id of the request, also in the log' },
    error: { type: 'string', description: 'The code again, where RFC 6749 expects it' },
  },
  additionalProperties: false,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'The credentials are missing or wrong',
  403: 'The caller lacks the scope, may not use the tenant or the lookup, or is a page of another site',
  404: 'No resource has this name',
  409: 'The request conflicts with the stored state',
  413: 'The body is too large',
  415: 'The charset of the body is unknown',
  429: 'The rate limit of the caller or of the lookup is exceeded',
  500: 'The service failed',
  503: 'The service cannot process the request now',
};

/** Any route may return these. */
const EVERY_ROUTE: Problems = { 403: ['cross_site'], 500: ['internal_error'] };
/** Datadip reads the bodies of known callers, whatever the method. */
const WITH_BODY: Problems = {
  400: ['invalid_json', 'bad_request'],
  413: ['body_too_large'],
  415: ['unsupported_charset'],
};
const WITH_CREDENTIALS: Problems = { 401: ['unauthenticated'], 403: ['wrong_scope'] };
/** Every route checks the token of a user, also a route that no user may call. */
const WITH_USERS: Problems = { 403: ['wrong_organization'], 429: ['too_many_requests'], 503: ['platform_unavailable'] };
const WITH_TENANT: Problems = { 400: ['invalid_tenant'], 403: ['wrong_tenant'] };
const WITH_LIMITS: Problems = { 429: ['too_many_requests'] };
const SHED: Problems = { 503: ['stopping', 'overloaded'] };

/**
 * The problem documents that an operation may return, by HTTP status.
 *
 * @param users whether the deployment accepts the tokens of Genesys Cloud users
 */
export function problemsOf(
  { scopes, ofTenant, tag, body, problems = {} }: OperationDescription,
  users: boolean,
): Record<string, Response> {
  const authenticated = scopes.length > 0;
  const sources = [
    EVERY_ROUTE,
    ...(authenticated || body !== undefined ? [WITH_BODY] : []),
    ...(authenticated ? [WITH_CREDENTIALS] : []),
    ...(authenticated && users ? [WITH_USERS] : []),
    ...(ofTenant ? [WITH_TENANT] : []),
    ...(authenticated && !scopes.includes('operate') ? [WITH_LIMITS] : []),
    ...(tag === 'operation' ? [] : [SHED]),
    problems,
  ];
  const statuses = [...new Set(sources.flatMap((source) => Object.keys(source)))].map(Number);
  return Object.fromEntries(statuses.map((status) => [status, problemResponse(status, codesOf(sources, status))]));
}

function codesOf(sources: readonly Problems[], status: number): ProblemCode[] {
  return [...new Set(sources.flatMap((source) => source[status] ?? []))];
}

function problemResponse(status: number, codes: readonly ProblemCode[]): Response {
  const narrowed = { type: 'object', properties: { status: { const: status }, code: { enum: codes } } };
  const retryAfter = {
    [RETRY_AFTER]: { description: 'Whole seconds to wait', schema: { type: 'integer', minimum: 1 } },
  };
  const challenge = { 'WWW-Authenticate': { schema: STRING } };
  return {
    description: `${TITLES[status] ?? 'Problem'}: ${codes.map((code) => `\`${code}\``).join(', ')}`,
    ...(status === 429 || status === 503 ? { headers: retryAfter } : {}),
    ...(status === 401 ? { headers: challenge } : {}),
    content: {
      'application/problem+json': { schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, narrowed] } },
    },
  };
}
