import { RETRY_AFTER } from '../../../contracts/headers.js';
import type { ProblemCode } from '../../../kernel/errors.js';
import type { Described, Schema } from './described.js';
import { TEXT } from './schemas.js';

type Refusals = Readonly<Record<number, readonly ProblemCode[]>>;

/** RFC 9457, with what is always in it here. */
export const PROBLEM: Schema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'requestId'],
  properties: {
    type: { const: 'about:blank' },
    title: { type: 'string', description: 'For people. May change' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'For programs. Does not change' },
    requestId: { type: 'string', description: 'Stands in the log, too' },
    error: { type: 'string', description: 'The code, where RFC 6749 looks for it' },
  },
  additionalProperties: false,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request cannot be understood',
  401: 'No or wrong credentials',
  403: 'The scope or the tenant is not the caller’s',
  404: 'There is nothing of this name',
  409: 'It is not so, or no longer',
  413: 'The body is too large',
  429: 'The caller, or everybody for this lookup, asks more than was agreed',
  500: 'It failed inside',
  503: 'Not now',
};

/** What any request can meet: its body is read before its route is known. */
const EVERYWHERE: Refusals = { 400: ['invalid_json', 'bad_request'], 413: ['body_too_large'], 500: ['internal_error'] };
const GUARDED: Refusals = { 401: ['unauthenticated'], 403: ['wrong_scope'] };
const OF_TENANT: Refusals = { 400: ['invalid_tenant'], 403: ['wrong_tenant'] };
const LIMITED: Refusals = { 429: ['too_many_requests'] };
/** Probes and the on-call are never turned away. */
const SHED: Refusals = { 503: ['stopping', 'overloaded'] };

export function problemsOf({ scopes, ofTenant, tag, refusals = {} }: Described): Record<string, unknown> {
  const guarded = scopes.length > 0;
  const all = [
    EVERYWHERE,
    ...(guarded ? [GUARDED] : []),
    ...(ofTenant ? [OF_TENANT] : []),
    ...(guarded && !scopes.includes('operate') ? [LIMITED] : []),
    ...(tag === 'operation' ? [] : [SHED]),
    refusals,
  ];
  const statuses = [...new Set(all.flatMap((some) => Object.keys(some)))].map(Number);
  return Object.fromEntries(statuses.map((status) => [status, problem(status, codesOf(all, status))]));
}

function codesOf(all: readonly Refusals[], status: number): ProblemCode[] {
  return [...new Set(all.flatMap((some) => some[status] ?? []))];
}

function problem(status: number, codes: readonly ProblemCode[]) {
  const narrowed = { type: 'object', properties: { status: { const: status }, code: { enum: codes } } };
  const wait = { [RETRY_AFTER]: { description: 'Whole seconds', schema: { type: 'integer', minimum: 1 } } };
  const challenge = { 'WWW-Authenticate': { schema: TEXT } };
  return {
    description: `${TITLES[status] ?? 'Refused'}: ${codes.map((code) => `\`${code}\``).join(', ')}`,
    ...(status === 429 || status === 503 ? { headers: wait } : {}),
    ...(status === 401 ? { headers: challenge } : {}),
    content: {
      'application/problem+json': { schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, narrowed] } },
    },
  };
}
