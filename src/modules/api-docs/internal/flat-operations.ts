import type { LookupConfig } from '../../../config/config.js';
import { templateInputs } from '../../../config/template.js';
import { AGENT_ROUTES } from '../../../contracts/agent-routes.js';
import { TENANT_INPUT, type FlatInput, type FlatOutput, type FlatRoute } from '../../../contracts/flat-route.js';
import { CACHE_OUTCOME } from '../../../contracts/headers.js';
import { lookupRoute } from '../../../contracts/lookup-route.js';
import type { Answer, Described, DescribedRoutes, Parameter } from './described.js';
import { accepting, inputSchema, outputSchema } from './schemas.js';

/** The lookup that has an address of its own. */
const PROFILE = 'profile';
const PROFILE_PATH = '/api/v1/profile';

/** Every declared lookup as operations of its own, with its own schemas. */
export function lookupOperations(lookups: ReadonlyMap<string, LookupConfig>): DescribedRoutes {
  const profile = lookups.get(PROFILE);
  return {
    ...Object.assign({}, ...[...lookups.values()].map((lookup) => asked(lookupRoute(lookup)))),
    ...(profile === undefined ? {} : ofProfile(lookupRoute(profile))),
  } as DescribedRoutes;
}

/** What flows do with agents. */
export function agentActionOperations(): DescribedRoutes {
  const { 'agents-available': available, 'agents-confirm': confirm, 'agents-release': release } = AGENT_ROUTES;
  return {
    [`GET ${available.path}`]: {
      ...byQuery(available, 'agents', plain(available)),
      refusals: { 400: ['bad_request'] },
    },
    [`POST ${confirm.path}`]: ofLock(confirm),
    [`POST ${release.path}`]: ofLock(release),
  };
}

function ofLock(route: FlatRoute): Described {
  const refusals = { 400: ['bad_request'], 409: ['lock_not_held'], 503: ['store_unavailable'] } as const;
  return { ...byBody(route, 'agents', plain(route)), refusals };
}

/** What is special about each id stands before the name: behind it, it could be part of another lookup's. */
function asked(route: FlatRoute): DescribedRoutes {
  const answers = { 200: dipAnswer(route) };
  return {
    [`POST ${route.path}`]: {
      ...byBody(route, 'lookups', answers),
      id: `lookup-${route.name}`,
      refusals: { 400: ['not_an_object', 'nested_value'] },
    },
    [`GET ${route.path}`]: {
      ...byQuery(route, 'lookups', answers),
      id: `query-${route.name}`,
      refusals: { 400: ['not_an_object', 'nested_value'] },
    },
  };
}

/** Where others get a degraded answer, this address says 503 with the same answer. */
function ofProfile(route: FlatRoute): DescribedRoutes {
  const answers = { 200: dipAnswer(route), 503: { ...dipAnswer(route), description: 'Only a degraded answer' } };
  const refusals = { 400: ['not_an_object', 'nested_value'] } as const;
  const moved = { ...route, path: PROFILE_PATH };
  return {
    [`GET ${PROFILE_PATH}`]: { ...byQuery(moved, 'lookups', answers), id: 'profile-by-query', refusals },
    [`POST ${PROFILE_PATH}`]: { ...byBody(moved, 'lookups', answers), id: 'profile', refusals },
  };
}

type Answers = Described['answers'];

function byBody(route: FlatRoute, tag: Described['tag'], answers: Answers): Described {
  const inPath = templateInputs(route.path);
  const inputs = [...route.inputs.filter(({ name }) => !inPath.includes(name)), TENANT_INPUT];
  const required = inputs.filter((input) => input.required && tag !== 'lookups').map(({ name }) => name);
  return {
    ...common(route, tag, answers),
    parameters: parametersOf(route, false),
    body: {
      schema: accepting(Object.fromEntries(inputs.map((input) => [input.name, givenSchema(input, tag)])), required),
      example: exampleOf(inputs),
    },
  };
}

function byQuery(route: FlatRoute, tag: Described['tag'], answers: Answers): Described {
  return { ...common(route, tag, answers), parameters: parametersOf(route, true) };
}

function common({ name, description }: FlatRoute, tag: Described['tag'], answers: Answers) {
  const scopes = [tag === 'lookups' ? 'lookup' : 'agents'] as const;
  return { id: name, tag, summary: description, scopes, ofTenant: true, answers };
}

/** Nothing a lookup is asked with is required: what is absent, null or empty is answered, too. */
function givenSchema(input: FlatInput, tag: Described['tag']) {
  const { type: _, ...rest } = inputSchema(input);
  return tag === 'lookups' ? { ...rest, type: ['string', 'number', 'boolean', 'null'] } : inputSchema(input);
}

/** @param inQuery whether the inputs are given there, else in the body */
function parametersOf({ path, inputs }: FlatRoute, inQuery: boolean): Parameter[] {
  const inPath = templateInputs(path);
  return [...inputs, TENANT_INPUT].flatMap((input): Parameter[] => {
    const { name, description, example } = input;
    const isInPath = inPath.includes(name);
    if (!isInPath && name !== TENANT_INPUT.name && !inQuery) return [];
    const shared = { name, description, example, schema: inputSchema(input) };
    return [isInPath ? { ...shared, in: 'path', required: true } : { ...shared, in: 'query' }];
  });
}

/** One key identifies; of several the first is shown. */
function exampleOf(inputs: readonly FlatInput[]): Record<string, string> {
  const shown = inputs.filter(({ required }, at) => required || at === 0);
  return Object.fromEntries(shown.map(({ name, example }) => [name, example]));
}

function plain({ outputs }: FlatRoute): Answers {
  return { 200: { description: 'Answered', schema: outputSchema(outputs) } };
}

function dipAnswer({ outputs }: FlatRoute): Answer {
  const unknown = Object.fromEntries(outputs.map(({ name, fallback }) => [name, fallback]));
  const found = Object.fromEntries(outputs.map((output) => [output.name, knownValue(output)]));
  return {
    description: 'Answered, in whatever way `source` says: always the same members, never null',
    schema: outputSchema(outputs),
    headers: [CACHE_OUTCOME],
    examples: {
      found: { ...found, contactFound: true, source: 'cache', cacheHit: true, latencyMs: 1, error: '' },
      notFound: { ...unknown, source: 'origin', latencyMs: 160, error: '' },
      degraded: { ...unknown, source: 'degraded', latencyMs: 2500, error: 'origin_timeout' },
      noKey: { ...unknown, source: 'none', error: 'no_lookup_key' },
    },
  };
}

function knownValue({ name, type, fallback }: FlatOutput): FlatOutput['fallback'] {
  switch (type) {
    case 'string':
      return fallback === '' ? name : fallback;
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return fallback;
  }
}
