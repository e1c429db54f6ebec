import type { Answer } from '../../exchange.js';
import { RawText } from '../../exchange.js';
import { bearerToken } from '../../login/token-registry.js';
import { ODataTypeError, pageOf, parseODataFilter, type ODataRecord } from '../odata-filter.js';
import { QuerySyntaxError } from '../token-cursor.js';
import type { Vendor, VendorContext, VendorRequest } from '../vendor.js';
import { CONTACT, contactsOf, isAccountProperty, LABELS, type StoredContact } from './contacts.js';
import { tokenAnswer } from './entra-login.js';

const NAME = 'dynamics';
const ANNOTATION = 'OData.Community.Display.V1.FormattedValue';
const EXPAND = /^parentcustomerid_account\(\$select=([\w,]+)\)$/;

/** Dynamics 365: the login of Entra, and contacts of the Dataverse Web API. */
export function createDynamics({ people, tokens }: VendorContext): Vendor {
  const contacts = contactsOf(people);
  return {
    name: NAME,
    routes: [
      {
        method: 'POST',
        path: '/:tenant/oauth2/v2.0/token',
        isLogin: true,
        answer: (request) => tokenAnswer(request, tokens),
      },
      { method: 'GET', path: '/api/data/v9.2/contacts', answer: (request) => contactsAnswer(request, contacts) },
    ],
    rejectionOf: ({ headers }) => (tokens.isValid(bearerToken(headers.authorization)) ? undefined : UNAUTHORIZED),
    failureBody: (status) =>
      status === 429
        ? errorBody('0x80072322', 'Number of requests exceeded the limit of 6000 over time window of 300 seconds.')
        : errorBody('0x80040216', 'An unexpected error occurred.'),
    noRoute: { status: 404, body: errorBody('0x8006088a', 'Resource not found for the segment.') },
  };
}

/** A 401 has no body. */
const UNAUTHORIZED: Answer = {
  status: 401,
  body: new RawText(''),
  headers: { 'www-authenticate': 'Bearer authorization_uri=https://login.microsoftonline.com/common' },
};

function errorBody(code: string, message: string): Answer['body'] {
  return { error: { code, message } };
}

function contactsAnswer({ query, headers }: VendorRequest, contacts: readonly StoredContact[]): Answer {
  try {
    const prefer = String(headers.prefer ?? '');
    return {
      status: 200,
      body: { '@odata.context': '$metadata#contacts', ...pageOfSize(sizeIn(prefer), found(query, contacts, prefer)) },
      headers: { 'content-type': 'application/json; odata.metadata=minimal', 'odata-version': '4.0' },
    };
  } catch (error) {
    if (error instanceof QuerySyntaxError) {
      const message = `Syntax error at position ${error.at} in '${query.get('$filter') ?? ''}'.`;
      return { status: 400, body: errorBody('0x80060888', message) };
    }
    if (error instanceof ODataTypeError) return { status: 400, body: errorBody('0x80060888', error.message) };
    throw error;
  }
}

/** The page size that the request prefers. Default: the largest. */
function sizeIn(prefer: string): number {
  return Number(/odata\.maxpagesize=(\d+)/.exec(prefer)?.[1] ?? '5000');
}

function pageOfSize(size: number, records: readonly ODataRecord[]): object {
  const next = records.length > size ? { '@odata.nextLink': 'contacts?$skiptoken=2' } : {};
  return { value: records.slice(0, size), ...next };
}

function found(query: URLSearchParams, contacts: readonly StoredContact[], prefer: string): readonly ODataRecord[] {
  const test = query.has('$filter') ? parseODataFilter(query.get('$filter') ?? '', CONTACT) : () => true;
  const byId = new Map(contacts.map((contact) => [contact.values.contactid, contact]));
  const matching = contacts.map(({ values }) => values).filter(test);
  const wanted = new URLSearchParams(query);
  // Every answer has the key.
  if (query.has('$select')) wanted.set('$select', [...new Set(['contactid', ...select(query)])].join(','));
  return pageOf(matching, wanted, CONTACT).map((record) => ({
    '@odata.etag': 'W/"1"',
    ...record,
    ...(prefer.includes(ANNOTATION) ? labelsOf(record) : {}),
    ...expanded(query, byId.get(String(record.contactid))),
  }));
}

function select(query: URLSearchParams): readonly string[] {
  return query.get('$select')?.split(',') ?? [];
}

function labelsOf(record: ODataRecord): ODataRecord {
  const labels = Object.entries(LABELS).flatMap(([property, names]) => {
    const label = names[Number(record[property] ?? Number.NaN)];
    return label === undefined ? [] : [[`${property}@${ANNOTATION}`, label] as const];
  });
  return Object.fromEntries(labels);
}

function expanded(query: URLSearchParams, contact: StoredContact | undefined): ODataRecord {
  const expand = query.get('$expand');
  if (expand === null) return {};
  const properties = EXPAND.exec(expand)?.[1]?.split(',');
  if (properties?.every(isAccountProperty) !== true)
    throw new ODataTypeError(`Could not find a property named '${expand}' on type '${CONTACT.name}'.`);
  const account = contact?.account ?? null;
  return {
    parentcustomerid_account:
      account && Object.fromEntries(Object.entries(account).filter(([name]) => properties.includes(name))),
  };
}
