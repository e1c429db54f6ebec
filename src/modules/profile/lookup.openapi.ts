import type { FlatOutput, FlatRoute } from '../../contracts/flat-route.js';
import { CACHE_OUTCOME } from '../../contracts/headers.js';
import { byBody, byQuery, outputSchema, type FlatRouteTerms } from '../../contracts/openapi/flat-route-operations.js';
import type {
  OperationDescription,
  ResponseDescription,
  RouteDescriptions,
} from '../../contracts/openapi/route-description.js';

const PROFILE = 'profile';
const PROFILE_PATH = '/api/v1/profile';

/**
 * The paths of the controllers here. In the document, the declared lookups take the place of these
 * paths.
 */
export const LOOKUP_PATHS: ReadonlySet<string> = new Set(['/lookup/{name}', PROFILE_PATH]);

/**
 * Describes each declared lookup as two operations, with the schemas of its inputs and fields.
 *
 * @param lookups the routes of `lookupRoutes`
 */
export function lookupOperations(lookups: readonly FlatRoute[]): RouteDescriptions {
  const profile = lookups.find(({ name }) => name === PROFILE);
  const operations = lookups.map(byName);
  if (profile !== undefined) operations.push(byProfilePath(profile));
  return Object.fromEntries(operations.flatMap((descriptions) => Object.entries(descriptions)));
}

/** The prefix keeps the ids unique: a suffix could be part of another lookup's name. */
function byName(route: FlatRoute): RouteDescriptions {
  const terms = termsOf({ 200: dipResponse(route) });
  return {
    [`POST ${route.path}`]: { ...byBody(route, terms), id: `lookup-${route.name}` },
    [`GET ${route.path}`]: { ...byQuery(route, terms), id: `query-${route.name}` },
  };
}

/** A degraded answer has status 503 here; `/lookup/{name}` returns it with 200. */
function byProfilePath(route: FlatRoute): RouteDescriptions {
  const response = dipResponse(route);
  const terms = termsOf({ 200: response, 503: { ...response, description: 'Degraded: every field has its default' } });
  const moved = { ...route, path: PROFILE_PATH };
  return {
    [`GET ${PROFILE_PATH}`]: { ...byQuery(moved, terms), id: 'profile-by-query' },
    [`POST ${PROFILE_PATH}`]: { ...byBody(moved, terms), id: 'profile' },
  };
}

/**
 * A lookup accepts an input that is absent, null or empty. If no key input is left, the answer has
 * the error `no_lookup_key`, or `withheld` for a phone number that the caller hides.
 */
function termsOf(responses: OperationDescription['responses']): FlatRouteTerms {
  const problems = {
    400: ['not_an_object', 'nested_value', 'invalid_position'],
    403: ['wrong_lookup'],
  } as const;
  return { tag: 'lookups', scopes: ['lookup'], responses, problems, lenientBody: true };
}

function dipResponse({ outputs }: FlatRoute): ResponseDescription {
  const unknown = Object.fromEntries(outputs.map(({ name, fallback }) => [name, fallback]));
  const found = Object.fromEntries(outputs.map((output) => [output.name, exampleValue(output)]));
  return {
    description: 'The answer. It always has the same members, and none is null; `source` names its origin',
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

function exampleValue({ name, type, fallback }: FlatOutput): FlatOutput['fallback'] {
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
