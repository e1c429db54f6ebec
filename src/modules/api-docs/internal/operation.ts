import { CACHE_OUTCOME, REQUEST_ID } from '../../../contracts/headers.js';
import type { Answer, Described, Parameter } from './described.js';
import { problemsOf } from './problems.js';
import { TEXT, words } from './schemas.js';

/** The ways to show who one is. Names are those of the security schemes. */
const CREDENTIALS = ['apiKey', 'basic'] as const;

const CACHE_OUTCOMES = words('HIT', 'MISS', 'STALE', 'DEGRADED');

const TENANT_HEADER: Parameter = {
  name: 'X-Genesys-Org',
  in: 'header',
  description: 'The tenant, where the request does not name it. Needed only by a caller who serves several',
};

/** @param anonymous whether requests without credentials are answered, as in the sandbox */
export function operationOf(described: Described, anonymous: boolean): Record<string, unknown> {
  const { id, tag, summary, description, scopes, ofTenant, parameters = [], body } = described;
  const all = ofTenant ? [...parameters, TENANT_HEADER] : parameters;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    parameters: all.map(({ schema = TEXT, ...parameter }) => ({ ...parameter, schema })),
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: responsesOf(described),
    security: scopes.length === 0 ? [] : securityOf(described, anonymous),
  };
}

function securityOf({ scopes, tag }: Described, anonymous: boolean): Record<string, string[]>[] {
  return [
    ...CREDENTIALS.map((name) => ({ [name]: [] })),
    ...scopes.map((scope) => ({ oauth: [scope] })),
    ...(tag === 'events' ? [{ signature: [], signedAt: [] }] : []),
    ...(anonymous ? [{}] : []),
  ];
}

function requestBody({ schema, contentType = 'application/json', example }: NonNullable<Described['body']>) {
  return {
    required: 'required' in schema,
    content: { [contentType]: { schema, ...(example === undefined ? {} : { example }) } },
  };
}

function responsesOf(described: Described): Record<string, unknown> {
  const problems = problemsOf(described);
  const answers = Object.entries(described.answers).map(([status, answer]) => [status, responseOf(answer)] as const);
  const both = answers.map(([status, answer]) => [status, together(answer, problems[status])] as const);
  const responses = new Map<string, unknown>([...Object.entries(problems), ...both]);
  return Object.fromEntries([...responses].map(([status, response]) => [status, named(response)]));
}

interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, unknown>>;
}

function responseOf({
  description,
  schema,
  contentType = 'application/json',
  headers = [],
  examples,
}: Answer): Response {
  const shown = Object.entries(examples ?? {}).map(([name, value]) => [name, { value }] as const);
  const content = { schema, ...(examples === undefined ? {} : { examples: Object.fromEntries(shown) }) };
  return {
    description,
    headers: Object.fromEntries(
      headers.map((name) => [name, { schema: name === CACHE_OUTCOME ? CACHE_OUTCOMES : TEXT }]),
    ),
    content: { [contentType]: content },
  };
}

/** One status may be an answer and a refusal. */
function together(answer: Response, problem: unknown): Response {
  if (problem === undefined) return answer;
  const refused = problem as Response;
  return {
    description: `${answer.description}. Or refused: ${refused.description}`,
    headers: { ...answer.headers, ...refused.headers },
    content: { ...answer.content, ...refused.content },
  };
}

function named(response: unknown): unknown {
  const { headers, ...rest } = response as Response;
  return { ...rest, headers: { ...headers, [REQUEST_ID]: { description: 'Names the request', schema: TEXT } } };
}
