import { XMLParser } from 'fast-xml-parser';
import { RawText, type Answer } from '../../exchange.js';
import { basicCredentials } from '../basic-credentials.js';
import { withParentheses, type Person } from '../people.js';
import type { Vendor, VendorContext, VendorRequest } from '../vendor.js';

const LOGIN = 'datadip:sandbox-soap-password';
const ENVELOPE = 'http://schemas.xmlsoap.org/soap/envelope/';
const SERVICE = 'urn:example:customers';
const XML = { 'content-type': 'text/xml; charset=utf-8' };
const PARSER = new XMLParser({ ignoreAttributes: false, parseTagValue: false, attributeNamePrefix: '@' });
const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** The operations, with the elements of each request in their order. */
const OPERATIONS: Readonly<Record<string, readonly string[]>> = {
  FindCustomers: ['by', 'value'],
  GetCustomer: ['id'],
};

class Fault extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** A SOAP 1.1 service in the style document/literal. Every fault has the status 500. */
export function createSoap({ people }: VendorContext): Vendor {
  return {
    name: 'soap',
    routes: [{ method: 'POST', path: '/CustomerService', answer: (request) => answerOf(request, people) }],
    rejectionOf: ({ headers }) => (basicCredentials(headers) === LOGIN ? undefined : UNAUTHORIZED),
    failureBody: () => new RawText(faultText(new Fault('soap:Server', 'The database does not answer'))),
    failureType: XML['content-type'],
    noRoute: {
      status: 404,
      body: new RawText('<html><body>Not Found</body></html>'),
      headers: { 'content-type': 'text/html' },
    },
  };
}

const UNAUTHORIZED: Answer = {
  status: 401,
  body: new RawText('<html><body>401 Unauthorized</body></html>'),
  headers: { 'content-type': 'text/html', 'www-authenticate': 'Basic realm="customers"' },
};

function answerOf(request: VendorRequest, people: readonly Person[]): Answer {
  try {
    const { operation, values } = requestOf(request);
    const content = operation === 'GetCustomer' ? getCustomer(values, people) : findCustomers(values, people);
    const body = `<${operation}Response xmlns="${SERVICE}">${content}</${operation}Response>`;
    return { status: 200, body: new RawText(envelope(body)), headers: XML };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { status: 500, body: new RawText(faultText(error)), headers: XML };
  }
}

interface SoapRequest {
  readonly operation: string;
  readonly values: readonly string[];
}

type Element = Readonly<Record<string, unknown>>;

/** Reads the envelope. Checks its namespaces, the header SOAPAction and the order of elements. */
function requestOf({ headers, body }: VendorRequest): SoapRequest {
  if (!/^text\/xml\b/.test(headers['content-type'] ?? '')) throw new Fault('soap:Client', 'text/xml is required');
  const [root, document] = onlyElement(parsedXml(body), 'document');
  const prefix = /^(\w+):Envelope$/.exec(root)?.[1] ?? '';
  if (document[`@xmlns:${prefix}`] !== ENVELOPE) throw new Fault('soap:VersionMismatch', 'no envelope of SOAP 1.1');
  const [operation, content] = onlyElement((document[`${prefix}:Body`] ?? {}) as Element, 'Body');
  return { operation, values: valuesOf(operation, content, headers.soapaction) };
}

function parsedXml(text: string): Element {
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- no replacement is installed
    return PARSER.parse(text, true) as Element;
  } catch {
    throw new Fault('soap:Client', 'the envelope is not well-formed');
  }
}

function valuesOf(operation: string, content: Element, action: unknown): readonly string[] {
  const names = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  if (names === undefined || content['@xmlns'] !== SERVICE)
    throw new Fault('soap:Client', `no operation ${operation} in ${SERVICE}`);
  if (action !== `"${SERVICE}#${operation}"`)
    throw new Fault('soap:Client', 'the header SOAPAction does not name the operation');
  const given = Object.keys(content).filter((name) => !name.startsWith('@'));
  if (given.join() !== names.join()) throw new Fault('soap:Client', `expected the elements ${names.join(', ')}`);
  return names.map((name) => textOf(content[name]));
}

function onlyElement(parent: Element, what: string): [string, Element] {
  const [only, ...more] = Object.entries(parent).filter(([name]) => !/^[@?#]/.test(name));
  if (only === undefined || more.length > 0 || typeof only[1] !== 'object')
    throw new Fault('soap:Client', `${what} must have one element`);
  return only as [string, Element];
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Fault('soap:Client', 'an element must hold text alone');
  return value;
}

/** An unknown customer is a fault of the client. */
function getCustomer([id]: readonly string[], people: readonly Person[]): string {
  const person = people.find(({ n }) => soapId(n) === id);
  if (person === undefined) throw new Fault('soap:Client.NotFound', 'no such customer');
  return customerElement(person);
}

/** No customer is an empty response. The element stands once per customer. The newest is first. */
function findCustomers([by, value]: readonly string[], people: readonly Person[]): string {
  if (by !== 'phone' && by !== 'email') throw new Fault('soap:Client', 'by must be phone or email');
  const matches = (person: Person): boolean =>
    by === 'phone' ? withParentheses(person) === value : person.email === value;
  return people.filter(matches).toReversed().map(customerElement).join('');
}

export function soapId(n: number): string {
  return `KD-${String(n).padStart(7, '0')}`;
}

function customerElement(person: Person): string {
  const { n, firstName, lastName, tier, balance } = person;
  const tierText = n === 30 ? '<tier xsi:nil="true"/>' : `<tier>${escaped(tier)}</tier>`;
  const name = `<name>${escaped(`${firstName} ${lastName}`)}</name>`;
  const phone = `<phone kind="home">${withParentheses(person)}</phone>`;
  return `<customer id="${soapId(n)}">${name}${tierText}<balance>${balance.toFixed(2)}</balance>${phone}</customer>`;
}

function faultText({ code, message }: Fault): string {
  return envelope(
    `<soap:Fault><faultcode>${code}</faultcode><faultstring>${escaped(message)}</faultstring></soap:Fault>`,
  );
}

function envelope(body: string): string {
  const spaces = `xmlns:soap="${ENVELOPE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`;
  return `<?xml version="1.0" encoding="UTF-8"?><soap:Envelope ${spaces}><soap:Body>${body}</soap:Body></soap:Envelope>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => SIGNS[sign] ?? '');
}
