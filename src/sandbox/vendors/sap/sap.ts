import { RawText, type Answer } from '../../exchange.js';
import { C4C, ODataTypeError, pageOf, parseODataFilter, type ODataEntity, type ODataRecord } from '../odata-filter.js';
import { withParentheses, type Person } from '../people.js';
import { QuerySyntaxError } from '../token-cursor.js';
import type { Vendor, VendorContext, VendorRequest } from '../vendor.js';

const NAME = 'sap';
const SERVICE = '/sap/c4c/odata/v1/c4codataapi';
/** The only communication user. */
const CREDENTIALS = `Basic ${Buffer.from('sandbox-user:sandbox-password').toString('base64')}`;

const CUSTOMER: ODataEntity = {
  name: 'c4codata.IndividualCustomer',
  dialect: C4C,
  properties: {
    ObjectID: 'text',
    CustomerID: 'text',
    FirstName: 'text',
    LastName: 'text',
    Email: 'text',
    Phone: 'text',
    NormalisedPhone: 'text',
    Mobile: 'text',
    NormalisedMobile: 'text',
    CustomerABCClassificationCode: 'text',
    CustomerABCClassificationCodeText: 'text',
    CreationOn: 'text',
    ChangedOn: 'text',
  },
};

/** SAP Cloud for Customer: individual customers in OData 2. */
export function createSap({ people }: VendorContext): Vendor {
  const customers = people.map(customerOf);
  return {
    name: NAME,
    routes: [
      {
        method: 'GET',
        path: `${SERVICE}/IndividualCustomerCollection`,
        answer: (request) => customersAnswer(request, customers),
      },
    ],
    rejectionOf: ({ headers }) => (headers.authorization === CREDENTIALS ? undefined : LOGON_PAGE),
    failureBody: () => errorBody('SY/530', 'An exception was raised.'),
    noRoute: { status: 404, body: errorBody('005056A509B1', 'Resource not found for the segment.') },
  };
}

/** A 401 is a page for a browser. */
const LOGON_PAGE: Answer = {
  status: 401,
  body: new RawText('<html><head><title>Logon Error Message</title></head><body>Logon failed</body></html>'),
  headers: { 'content-type': 'text/html', 'www-authenticate': 'Basic realm="SAP"' },
};

/** Ten customers have a mobile number only. The normalized numbers lack punctuation. */
function customerOf(person: Person): ODataRecord {
  const { n, firstName, lastName, email, tier } = person;
  const isMobile = n >= 60 && n < 70;
  const [typed, normalised] = [withParentheses(person), `+1${person.phone}`];
  return {
    ObjectID: objectId(n),
    CustomerID: String(1_000_000 + n),
    FirstName: firstName,
    LastName: lastName,
    Email: email,
    Phone: isMobile ? '' : typed,
    NormalisedPhone: isMobile ? '' : normalised,
    Mobile: isMobile ? typed : '',
    NormalisedMobile: isMobile ? normalised : '',
    CustomerABCClassificationCode: tier === 'Enterprise' ? 'A' : '',
    CustomerABCClassificationCodeText: tier === 'Enterprise' ? 'A-Account' : '',
    CreationOn: n % 2 === 0 ? `/Date(${person.changedAtMs}+0000)/` : '/Date(1493337600000)/',
    ChangedOn: `/Date(${person.changedAtMs}+0000)/`,
  };
}

export function objectId(n: number): string {
  return `00163E0DBD9E1EE79A${String(n).padStart(14, '0')}`;
}

function errorBody(code: string, value: string): Answer['body'] {
  return { error: { code, message: { lang: 'en', value } } };
}

function customersAnswer({ query, headers }: VendorRequest, customers: readonly ODataRecord[]): Answer {
  try {
    const test = query.has('$filter') ? parseODataFilter(query.get('$filter') ?? '', CUSTOMER) : () => true;
    const results = pageOf(customers.filter(test), query, CUSTOMER);
    const isJson = query.get('$format') === 'json' || /\bjson\b/.test(headers.accept ?? '');
    if (!isJson) return FEED;
    const metadata = { type: CUSTOMER.name };
    return { status: 200, body: { d: { results: results.map((record) => ({ __metadata: metadata, ...record })) } } };
  } catch (error) {
    if (error instanceof QuerySyntaxError)
      return { status: 400, body: errorBody('005056A509B1', `Invalid token detected at position ${error.at + 1}`) };
    if (error instanceof ODataTypeError) return { status: 400, body: errorBody('005056A509B1', error.message) };
    throw error;
  }
}

/** Without `$format=json`, the answer is a feed in XML. */
const FEED: Answer = {
  status: 200,
  body: new RawText('<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"/>'),
  headers: { 'content-type': 'application/atom+xml;charset=utf-8' },
};
