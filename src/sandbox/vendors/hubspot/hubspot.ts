import type { Answer } from '../../exchange.js';
import { bearerToken } from '../../login/token-registry.js';
import { withParentheses, type Person } from '../people.js';
import type { Vendor, VendorContext, VendorRequest } from '../vendor.js';
import { SearchError, searchOf, type Properties } from './search.js';

const NAME = 'hubspot';
/** The token of the only private app. It never expires. */
const TOKEN = 'pat-sandbox-token';
const CONTACTS = '/crm/v3/objects/contacts';

/** HubSpot: the search of contacts, and one contact by e-mail. */
export function createHubSpot({ people }: VendorContext): Vendor {
  const contacts = people.map(propertiesOf);
  return {
    name: NAME,
    routes: [
      { method: 'POST', path: `${CONTACTS}/search`, answer: (request) => searchAnswer(request, contacts) },
      { method: 'GET', path: `${CONTACTS}/:id`, answer: (request) => contactAnswer(request, contacts) },
    ],
    rejectionOf: ({ headers }) =>
      bearerToken(headers.authorization) === TOKEN
        ? undefined
        : { status: 401, body: errorBody('INVALID_AUTHENTICATION', 'Authentication credentials not found.') },
    failureBody: (status) =>
      status === 429
        ? { ...errorBody('RATE_LIMITS', 'You have reached your secondly limit.'), errorType: 'RATE_LIMIT' }
        : errorBody('INTERNAL_ERROR', 'internal error'),
    noRoute: { status: 404, body: errorBody('OBJECT_NOT_FOUND', 'resource not found') },
  };
}

function errorBody(category: string, message: string): object {
  return { status: 'error', message, correlationId: 'a5a5a5a5-0000-4000-8000-000000000000', category };
}

/** A property without a value is null. The searchable numbers lack the country code. */
function propertiesOf(person: Person): Properties {
  const { n, firstName, lastName, email, company, phone } = person;
  const isMobile = n % 3 === 0;
  const hasCompany = n % 10 !== 0;
  return {
    hs_object_id: contactId(n),
    createdate: '2026-01-01T00:00:00Z',
    lastmodifieddate: new Date(person.changedAtMs).toISOString(),
    firstname: firstName,
    lastname: lastName,
    email,
    company: hasCompany ? company : null,
    lifecyclestage: person.tier === 'Enterprise' ? 'customer' : null,
    num_associated_deals: hasCompany ? String(person.openCases) : null,
    phone: isMobile ? null : withParentheses(person),
    mobilephone: isMobile ? `+1${phone}` : null,
    hs_searchable_calculated_phone_number: isMobile ? null : phone,
    hs_searchable_calculated_mobile_number: isMobile ? phone : null,
  };
}

export function contactId(n: number): string {
  return String(51_000_000_000 + n);
}

/** Every answer has these properties. */
const ALWAYS = ['hs_object_id', 'createdate', 'lastmodifieddate'];

function shown(contact: Properties, wanted: readonly string[]): object {
  const properties = Object.fromEntries([...ALWAYS, ...wanted].map((name) => [name, contact[name] ?? null]));
  const { hs_object_id: id, createdate: createdAt, lastmodifieddate: updatedAt } = contact;
  return { id, properties, createdAt, updatedAt, archived: false };
}

function searchAnswer({ body }: VendorRequest, contacts: readonly Properties[]): Answer {
  try {
    const { test, compare, limit, properties } = searchOf(body, new Set(Object.keys(contacts[0] ?? {})));
    const found = contacts.filter(test).sort(compare);
    const results = found.slice(0, limit).map((contact) => shown(contact, properties));
    return { status: 200, body: { total: found.length, results } };
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    return { status: 400, body: errorBody('VALIDATION_ERROR', error.message) };
  }
}

function contactAnswer({ params, query }: VendorRequest, contacts: readonly Properties[]): Answer {
  const property = query.get('idProperty') ?? 'hs_object_id';
  const contact = contacts.find((each) => each[property] === params.id);
  if (contact === undefined) return { status: 404, body: errorBody('OBJECT_NOT_FOUND', 'resource not found') };
  return { status: 200, body: shown(contact, query.get('properties')?.split(',') ?? []) };
}
