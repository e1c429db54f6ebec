import type { Answer } from '../../exchange.js';
import { bearerToken } from '../../login/token-registry.js';
import { withParentheses, type Person } from '../people.js';
import { QuerySyntaxError } from '../token-cursor.js';
import type { Vendor, VendorContext } from '../vendor.js';
import { searchCustomers, type StripeCustomer } from './search.js';

/** The only secret key. */
const SECRET_KEY = 'rk_test_sandbox';
const MAX_LIMIT = 100;

/** Stripe: the search of customers. */
export function createStripe({ people }: VendorContext): Vendor {
  const customers = people.map(stripeCustomer);
  return {
    name: 'stripe',
    routes: [{ method: 'GET', path: '/v1/customers/search', answer: ({ query }) => searchAnswer(query, customers) }],
    rejectionOf: ({ headers }) => {
      const key = bearerToken(headers.authorization);
      return key === SECRET_KEY ? undefined : stripeError(401, 'invalid_request_error', 'Invalid API Key provided');
    },
    failureBody: (status) =>
      status === 429
        ? { error: { code: 'rate_limit', type: 'invalid_request_error', message: 'Request rate limit exceeded.' } }
        : { error: { type: 'api_error', message: 'An unknown error occurred' } },
    noRoute: stripeError(404, 'invalid_request_error', 'Unrecognized request URL'),
  };
}

export function customerId(n: number): string {
  return `cus_Sandbox${String(n).padStart(6, '0')}`;
}

/** Every second number stands as it was typed. Amounts are in cents; a negative one is credit. */
function stripeCustomer(person: Person): StripeCustomer {
  const { n, firstName, lastName, email, phone, tier, balance, changedAtMs } = person;
  return {
    id: customerId(n),
    object: 'customer',
    balance: Math.round(balance * 100),
    created: Math.floor(changedAtMs / 1000),
    currency: n === 30 ? null : 'usd',
    delinquent: n % 5 === 0,
    email,
    name: `${firstName} ${lastName}`,
    phone: n % 2 === 0 ? withParentheses(person) : `+1${phone}`,
    metadata: n === 30 ? {} : { tier },
  };
}

function searchAnswer(query: URLSearchParams, customers: readonly StripeCustomer[]): Answer {
  const limit = Number(query.get('limit') ?? '10');
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    return stripeError(400, 'invalid_request_error', 'Invalid integer: limit', 'limit');
  try {
    const found = searchCustomers(query.get('query') ?? '', customers);
    const data = found.toReversed().slice(0, limit);
    const body = { object: 'search_result', data, has_more: found.length > limit, next_page: null };
    return { status: 200, body: { ...body, url: '/v1/customers/search' } };
  } catch (error) {
    if (!(error instanceof QuerySyntaxError)) throw error;
    const message = `We were unable to parse your search query. ${error.message}`;
    return stripeError(400, 'invalid_request_error', message, 'query');
  }
}

function stripeError(status: number, type: string, message: string, param?: string): Answer {
  return { status, body: { error: { type, message, ...(param === undefined ? {} : { param }) } } };
}
