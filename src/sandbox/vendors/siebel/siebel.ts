import type { Answer } from '../../exchange.js';
import { basicCredentials } from '../basic-credentials.js';
import type { Person } from '../people.js';
import { QuerySyntaxError } from '../token-cursor.js';
import type { Vendor, VendorContext } from '../vendor.js';
import { FIELD_NAMES, searchContacts, type SiebelContact } from './search-spec.js';

const LOGIN = 'DATADIP:sandbox-siebel-password';
const NO_DATA: Answer = { status: 404, body: { ERROR: 'There is no data for the requested resource' } };

/** Siebel: the REST API of the business component Contact. */
export function createSiebel({ people }: VendorContext): Vendor {
  const contacts = people.map(contactOf);
  return {
    name: 'siebel',
    routes: [
      { method: 'GET', path: '/siebel/v1.0/data/Contact/Contact', answer: ({ query }) => dataAnswer(query, contacts) },
    ],
    rejectionOf: ({ headers }) => (basicCredentials(headers) === LOGIN ? undefined : UNAUTHORIZED),
    failureBody: () => ({ ERROR: 'The server is busy (SBL-EAI-04376)' }),
    noRoute: { status: 404, body: { ERROR: 'Requested resource not found (SBL-EAI-50259)' } },
  };
}

export function contactId(n: number): string {
  return `1-${(100_000 + n).toString(36).toUpperCase()}`;
}

const UNAUTHORIZED: Answer = {
  status: 401,
  body: { ERROR: 'Invalid username or password' },
  headers: { 'www-authenticate': 'Basic realm="Siebel"' },
};

function contactOf(person: Person): SiebelContact {
  const { n, firstName, lastName, email, phone, company, tier, changedAtMs } = person;
  return {
    Id: contactId(n),
    'First Name': firstName,
    'Last Name': lastName,
    'Email Address': email,
    'Main Phone #': n === 20 ? '' : phone,
    'Cellular Phone #': n === 20 ? `+1${phone}` : '',
    Account: n === 30 ? '' : company,
    Status: n === 30 ? '' : tier,
    Updated: new Date(changedAtMs).toISOString(),
  };
}

function dataAnswer(query: URLSearchParams, contacts: readonly SiebelContact[]): Answer {
  const names = (query.get('fields') ?? FIELD_NAMES.join(',')).split(',').map((name) => name.trim());
  const unknown = names.find((name) => !FIELD_NAMES.includes(name));
  if (unknown !== undefined) return malformed(`Field '${unknown}' does not exist in the definition (SBL-DAT-00398)`);
  const size = Number(query.get('PageSize') ?? '10');
  if (!Number.isInteger(size) || size < 1 || size > 100) return malformed('Invalid PageSize (SBL-EAI-50205)');
  try {
    const found = searchContacts(query.get('searchspec') ?? '', contacts).slice(0, size);
    const items = found.map((contact) => Object.fromEntries(names.map((name) => [name, contact[name] ?? ''])));
    return itemsAnswer(items, /^y$/i.test(query.get('uniformresponse') ?? ''));
  } catch (error) {
    if (error instanceof QuerySyntaxError) return malformed(`Invalid search specification: ${error.message}`);
    throw error;
  }
}

/** A single contact is an object in place of a list, unless the request demands uniform answers. */
function itemsAnswer(items: readonly SiebelContact[], isUniform: boolean): Answer {
  if (items.length === 0) return NO_DATA;
  return { status: 200, body: { items: isUniform || items.length > 1 ? items : items[0] } };
}

function malformed(message: string): Answer {
  return { status: 500, body: { ERROR: message } };
}
