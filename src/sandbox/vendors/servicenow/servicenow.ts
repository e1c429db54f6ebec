import type { Answer } from '../../exchange.js';
import { bearerToken } from '../../login/token-registry.js';
import { withParentheses, type Person } from '../people.js';
import type { Vendor, VendorContext, VendorRequest, VendorTokens } from '../vendor.js';
import { runEncodedQuery, type SnowRecord } from './encoded-query.js';

const NAME = 'servicenow';
const TABLE = '/api/now/table/customer_contact';
/** The only OAuth application. */
const CLIENT = { id: 'sandbox-oauth-client', secret: 'sandbox-oauth-secret' };
/** Fields that refer to another record. */
const REFERENCES: ReadonlySet<string> = new Set(['account']);

/** ServiceNow: the Table API with contacts of customers. */
export function createServiceNow({ people, tokens }: VendorContext): Vendor {
  const contacts = people.map(contactOf);
  return {
    name: NAME,
    routes: [
      { method: 'POST', path: '/oauth_token.do', isLogin: true, answer: (request) => tokenAnswer(request, tokens) },
      { method: 'GET', path: TABLE, answer: (request) => listAnswer(request, contacts) },
      { method: 'GET', path: `${TABLE}/:id`, answer: (request) => recordAnswer(request, contacts) },
    ],
    rejectionOf: ({ headers }) =>
      tokens.isValid(bearerToken(headers.authorization))
        ? undefined
        : failure(401, 'User Not Authenticated', 'Required to provide Auth information'),
    failureBody: (status) =>
      errorBody(status === 429 ? 'Rate limit exceeded' : 'Exception while reading request', 'See the log'),
    noRoute: failure(404, 'Requested URI does not represent any resource', ''),
  };
}

function failure(status: number, message: string, detail: string): Answer {
  return { status, body: errorBody(message, detail) };
}

function errorBody(message: string, detail: string): Answer['body'] {
  return { error: { message, detail }, status: 'failure' };
}

function tokenAnswer({ body }: VendorRequest, tokens: VendorTokens): Answer {
  const form = new URLSearchParams(body);
  const isKnown = form.get('client_id') === CLIENT.id && form.get('client_secret') === CLIENT.secret;
  if (!isKnown) return { status: 401, body: { error: 'invalid_client', error_description: 'access_denied' } };
  if (form.get('grant_type') !== 'client_credentials')
    return { status: 401, body: { error: 'unsupported_grant_type', error_description: 'access_denied' } };
  const token = tokens.issue(CLIENT.id);
  const [scope, type] = ['useraccount', 'Bearer'];
  return { status: 200, body: { access_token: token, scope, token_type: type, expires_in: tokens.lifeS() } };
}

/** Every value is text. A field without a value is empty text. */
function contactOf(person: Person): SnowRecord {
  const { n, firstName, lastName, email, phone } = person;
  const isMobile = n % 3 === 0;
  const hasAccount = n % 10 !== 0;
  return {
    sys_id: sysId(n),
    first_name: firstName,
    last_name: lastName,
    email,
    phone: isMobile ? '' : withParentheses(person),
    mobile_phone: isMobile ? `+1${phone}` : '',
    active: 'true',
    vip: String(n % 2 === 1),
    account: hasAccount ? sysId(1000 + n) : '',
    'account.name': hasAccount ? person.company : '',
    'account.num_employees': hasAccount ? `${n}` : '',
    sys_updated_on: new Date(person.changedAtMs).toISOString().slice(0, 19).replace('T', ' '),
  };
}

export function sysId(n: number): string {
  return `5e1f${String(n).padStart(28, '0')}`;
}

function listAnswer(request: VendorRequest, contacts: readonly SnowRecord[]): Answer {
  const { query } = request;
  const known = new Set(Object.keys(contacts[0] ?? {}));
  const found = runEncodedQuery(query.get('sysparm_query') ?? '', contacts, known);
  const limit = Number(query.get('sysparm_limit') ?? '10000');
  return { status: 200, body: { result: found.slice(0, limit).map((record) => shown(record, request)) } };
}

function recordAnswer(request: VendorRequest, contacts: readonly SnowRecord[]): Answer {
  const record = contacts.find(({ sys_id: id }) => id === request.params.id);
  if (record === undefined) {
    const detail = "Record doesn't exist or ACL restricts the record retrieval";
    return failure(404, 'No Record found', detail);
  }
  return { status: 200, body: { result: shown(record, request) } };
}

/** A field that does not exist is left out. A reference is an object, unless it is empty. */
function shown(record: SnowRecord, { query, headers }: VendorRequest): Readonly<Record<string, unknown>> {
  const own = Object.keys(record).filter((name) => !name.includes('.'));
  const wanted = query.get('sysparm_fields')?.split(',') ?? own;
  const known = wanted.filter((name) => Object.hasOwn(record, name));
  return Object.fromEntries(known.map((name) => [name, fieldValue(name, record[name] ?? '', headers.host ?? '')]));
}

function fieldValue(name: string, value: string, host: string): unknown {
  if (!REFERENCES.has(name) || value === '') return value;
  return { link: `http://${host}/${NAME}/api/now/table/customer_account/${value}`, value };
}
