import type { Answer } from '../../exchange.js';
import { basicCredentials } from '../basic-credentials.js';
import { withParentheses, type Person } from '../people.js';
import type { Vendor, VendorContext, VendorRequest } from '../vendor.js';
import { InvalidSearch, searchUsers, type ZendeskUser } from './search.js';

/** The only API token. Its user name ends with `/token`. */
const LOGIN = 'agent@example.com/token:sandbox-zendesk-token';
/** Parameters that the stand-in knows. Zendesk ignores others. */
const SORT_KEYS: ReadonlySet<string> = new Set(['updated_at', 'created_at', 'relevance']);

/** Zendesk: the search of users. */
export function createZendesk({ people }: VendorContext): Vendor {
  const users = people.map(userOf);
  return {
    name: 'zendesk',
    routes: [{ method: 'GET', path: '/api/v2/search.json', answer: (request) => searchAnswer(request, users) }],
    rejectionOf: ({ headers }) => (basicCredentials(headers) === LOGIN ? undefined : UNAUTHENTICATED),
    failureBody: (status) =>
      status === 429
        ? { error: 'APIRateLimitExceeded', description: 'Rate limit for the account exceeded' }
        : { error: 'InternalError', description: 'Sorry, something went wrong' },
    noRoute: { status: 404, body: { error: 'InvalidEndpoint', description: 'Not found' } },
  };
}

export function userId(n: number): number {
  return 360_000_000_000 + n;
}

const UNAUTHENTICATED: Answer = { status: 401, body: { error: "Couldn't authenticate you" } };

/** Every second number stands as it was typed. Person 30 has no organization and no tier. */
function userOf(person: Person): ZendeskUser {
  const { n, firstName, lastName, email, phone, tier, changedAtMs } = person;
  return {
    id: userId(n),
    name: `${firstName} ${lastName}`,
    email,
    phone: n % 2 === 0 ? `+1 ${withParentheses(person)}` : `+1${phone}`,
    role: 'end-user',
    organization_id: n === 30 ? null : 5000 + n,
    tags: n % 3 === 0 ? ['vip'] : [],
    user_fields: { tier: n === 30 ? null : tier },
    updated_at: new Date(changedAtMs).toISOString(),
    result_type: 'user',
  };
}

function searchAnswer({ query }: VendorRequest, users: readonly ZendeskUser[]): Answer {
  try {
    const found = sorted(searchUsers(query.get('query') ?? '', users), query);
    const size = Number(query.get('per_page') ?? '100');
    if (!Number.isInteger(size) || size < 1) throw new InvalidSearch('per_page is not a number');
    const body = { results: found.slice(0, size), facets: null, next_page: null, previous_page: null };
    return { status: 200, body: { ...body, count: found.length } };
  } catch (error) {
    if (!(error instanceof InvalidSearch)) throw error;
    return { status: 422, body: { error: 'invalid', description: `Invalid search: ${error.message}` } };
  }
}

function sorted(users: readonly ZendeskUser[], query: URLSearchParams): readonly ZendeskUser[] {
  const key = query.get('sort_by') ?? 'relevance';
  if (!SORT_KEYS.has(key)) throw new InvalidSearch('sort_by is not a known order');
  if (key === 'relevance') return users;
  const oldestFirst = users.toSorted((a, b) => a.updated_at.localeCompare(b.updated_at));
  return query.get('sort_order') === 'asc' ? oldestFirst : oldestFirst.toReversed();
}
