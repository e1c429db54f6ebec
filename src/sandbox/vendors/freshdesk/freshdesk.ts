import { RawText, type Answer } from '../../exchange.js';
import { basicCredentials } from '../basic-credentials.js';
import { withParentheses, type Person } from '../people.js';
import { QuerySyntaxError } from '../token-cursor.js';
import type { Vendor, VendorContext, VendorRequest } from '../vendor.js';
import { searchContacts, type FreshdeskContact } from './search.js';

/** The only API key. The password is any text, by custom `X`. */
const API_KEY = 'sandbox-freshdesk-key';
const FILTERS = ['email', 'mobile', 'phone'] as const;
const PARAMETERS: ReadonlySet<string> = new Set([
  ...FILTERS,
  'company_id',
  'updated_since',
  'state',
  'page',
  'per_page',
]);

/** Freshdesk: the list of contacts, and their search. */
export function createFreshdesk({ people }: VendorContext): Vendor {
  const contacts = people.map(contactOf);
  return {
    name: 'freshdesk',
    routes: [
      { method: 'GET', path: '/api/v2/contacts', answer: ({ query }) => listAnswer(query, contacts) },
      { method: 'GET', path: '/api/v2/search/contacts', answer: (request) => searchAnswer(request, contacts) },
    ],
    rejectionOf: ({ headers }) => (basicCredentials(headers)?.startsWith(`${API_KEY}:`) === true ? undefined : REFUSED),
    failureBody: (status) =>
      status === 429
        ? { message: 'You have exceeded the limit of requests per hour' }
        : { code: 'unexpected_error', message: 'Something went wrong' },
    noRoute: { status: 404, body: new RawText('') },
  };
}

export function contactId(n: number): number {
  return 82_000_000_000 + n;
}

const REFUSED: Answer = {
  status: 401,
  body: { code: 'invalid_credentials', message: 'You have to be logged in to perform this action.' },
};

/** Every tenth contact has a phone number as it was typed, and no mobile number. */
function contactOf(person: Person): FreshdeskContact {
  const { n, firstName, lastName, email, phone, tier, changedAtMs } = person;
  const isOld = n % 10 === 0 && n !== 20;
  return {
    id: contactId(n),
    active: true,
    name: `${firstName} ${lastName}`,
    email,
    phone: isOld ? withParentheses(person) : null,
    mobile: isOld ? null : `+1${phone}`,
    company_id: n === 30 ? null : 7000 + n,
    custom_fields: { tier: n === 30 ? null : tier },
    updated_at: new Date(changedAtMs).toISOString(),
  };
}

/** The answer is a list without an object around it. Every filter must match exactly. */
function listAnswer(query: URLSearchParams, contacts: readonly FreshdeskContact[]): Answer {
  const unknown = [...query.keys()].filter((name) => !PARAMETERS.has(name));
  if (unknown.length > 0) return invalid(unknown, 'Unexpected/invalid field in request', 'invalid_field');
  const size = Number(query.get('per_page') ?? '30');
  if (!Number.isInteger(size) || size < 1 || size > 100)
    return invalid(['per_page'], 'It should be a Positive Integer less than or equal to 100', 'invalid_value');
  const given = FILTERS.flatMap((name) => (query.has(name) ? [[name, query.get(name)] as const] : []));
  const found = contacts.filter((contact) => given.every(([name, value]) => contact[name] === value));
  return { status: 200, body: found.slice(0, size) };
}

/** The query stands between double quotes and has at most 512 characters. */
function searchAnswer({ query }: VendorRequest, contacts: readonly FreshdeskContact[]): Answer {
  const [, text] = /^"(.*)"$/.exec(query.get('query') ?? '') ?? [];
  if (text === undefined || text.length > 512)
    return invalid(['query'], 'It should be a text between double quotes of at most 512 characters', 'invalid_value');
  try {
    const results = searchContacts(text, contacts);
    return { status: 200, body: { total: results.length, results: results.slice(0, 30) } };
  } catch (error) {
    if (error instanceof QuerySyntaxError) return invalid(['query'], error.message, 'invalid_value');
    throw error;
  }
}

function invalid(fields: readonly string[], message: string, code: string): Answer {
  const errors = fields.map((field) => ({ field, message, code }));
  return { status: 400, body: { description: 'Validation failed', errors } };
}
