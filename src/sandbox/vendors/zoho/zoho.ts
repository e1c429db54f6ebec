import { RawText, type Answer } from '../../exchange.js';
import { withParentheses, type Person } from '../people.js';
import { QuerySyntaxError } from '../token-cursor.js';
import type { Vendor, VendorContext, VendorRequest, VendorTokens } from '../vendor.js';
import { parseCriteria, type ZohoRecord } from './criteria.js';

const NAME = 'zoho';
/** The only client, and its refresh token, which does not change. */
const CLIENT = { client_id: '1000.SANDBOX', client_secret: 'sandbox-zoho-secret' };
const REFRESH_TOKEN = '1000.sandbox-refresh-token';
const SEARCHABLE: ReadonlySet<string> = new Set(['First_Name', 'Last_Name', 'Email', 'Phone', 'Mobile']);

/** Zoho CRM: the accounts server, and the search of contacts. */
export function createZoho({ people, tokens }: VendorContext): Vendor {
  const contacts = people.map(contactOf);
  return {
    name: NAME,
    routes: [
      { method: 'POST', path: '/oauth/v2/token', isLogin: true, answer: (request) => tokenAnswer(request, tokens) },
      { method: 'GET', path: '/crm/v6/Contacts/search', answer: (request) => searchAnswer(request, contacts) },
    ],
    rejectionOf: ({ headers }) =>
      tokens.isValid(/^Zoho-oauthtoken (\S+)$/.exec(headers.authorization ?? '')?.[1])
        ? undefined
        : { status: 401, body: errorBody('INVALID_TOKEN', 'invalid oauth token') },
    failureBody: (status) =>
      status === 429
        ? errorBody('TOO_MANY_REQUESTS', 'please try again after some time')
        : errorBody('INTERNAL_ERROR', 'Internal Server Error'),
    noRoute: { status: 404, body: errorBody('INVALID_URL_PATTERN', 'Please check if the URL is a correct one') },
  };
}

function errorBody(code: string, message: string): Answer['body'] {
  return { code, details: {}, message, status: 'error' };
}

/** A refused login is a 200 with `error`. */
function tokenAnswer({ body }: VendorRequest, tokens: VendorTokens): Answer {
  const form = new URLSearchParams(body);
  const isClient = Object.entries(CLIENT).every(([name, value]) => form.get(name) === value);
  if (!isClient) return { status: 200, body: { error: 'invalid_client' } };
  if (form.get('grant_type') !== 'refresh_token' || form.get('refresh_token') !== REFRESH_TOKEN)
    return { status: 200, body: { error: 'invalid_code' } };
  const token = tokens.issue(CLIENT.client_id);
  const [type, domain] = ['Bearer', 'https://www.zohoapis.com'];
  return {
    status: 200,
    body: { access_token: token, api_domain: domain, token_type: type, expires_in: tokens.lifeS() },
  };
}

/** Money is text with commas. */
function contactOf(person: Person): ZohoRecord {
  const { n, firstName, lastName, email, company, balance, phone } = person;
  const isMobile = n % 3 === 0;
  return {
    id: zohoId(n),
    First_Name: firstName,
    Last_Name: lastName,
    Email: email,
    Phone: isMobile ? null : withParentheses(person),
    Mobile: isMobile ? `+1${phone}` : null,
    Account_Name: n % 10 === 0 ? null : { name: company, id: zohoId(1000 + n) },
    Lead_Source: person.tier === 'Enterprise' ? 'Partner' : null,
    Balance: balance.toLocaleString('en-US', { minimumFractionDigits: 2 }),
    Modified_Time: new Date(person.changedAtMs).toISOString().replace('.000Z', '+00:00'),
  };
}

/** An id beyond 2^53. */
export function zohoId(n: number): string {
  return String(5_725_767_000_000_411_000n + BigInt(n));
}

/** `criteria` counts before `email`, and `email` before `phone`. Without a match, 204. */
function searchAnswer({ query }: VendorRequest, contacts: readonly ZohoRecord[]): Answer {
  try {
    const found = contacts.filter(testOf(query)).slice(0, Number(query.get('per_page') ?? '200'));
    if (found.length === 0) return { status: 204, body: new RawText('') };
    const wanted = ['id', ...(query.get('fields')?.split(',') ?? Object.keys(found[0] ?? {}))];
    const data = found.map((record) => Object.fromEntries(wanted.map((name) => [name, record[name] ?? null])));
    return { status: 200, body: { data, info: { per_page: 200, count: data.length, page: 1, more_records: false } } };
  } catch (error) {
    if (!(error instanceof QuerySyntaxError)) throw error;
    return { status: 400, body: errorBody('INVALID_QUERY', 'Invalid query formed') };
  }
}

function testOf(query: URLSearchParams): (record: ZohoRecord) => boolean {
  const [criteria, email, phone] = ['criteria', 'email', 'phone'].map((name) => query.get(name));
  if (criteria !== null && criteria !== undefined) return parseCriteria(criteria, SEARCHABLE);
  if (email !== null && email !== undefined) return ({ Email }) => Email === email;
  if (phone !== null && phone !== undefined) return ({ Phone, Mobile }) => Phone === phone || Mobile === phone;
  throw new QuerySyntaxError(0, '');
}
