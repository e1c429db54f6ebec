import { RawText, type Answer } from '../../exchange.js';
import { bearerToken } from '../../login/token-registry.js';
import type { Person } from '../people.js';
import type { Vendor, VendorContext, VendorRequest, VendorTokens } from '../vendor.js';
import { CLIENT_ID, ClientKey } from './client-key.js';
import { InvalidParameter, searchPatients, type Patient } from './search.js';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const SCOPE = 'system/Patient.read';
const FHIR = { 'content-type': 'application/fhir+json; charset=UTF-8' };
const TOKEN_PATH = '/oauth2/token';

/** FHIR R4, as of a hospital: the login of SMART Backend Services, and the search of patients. */
export function createFhir({ people, tokens }: VendorContext): Vendor {
  const patients = people.map(patientOf);
  const key = new ClientKey();
  return {
    name: 'fhir',
    routes: [
      { method: 'POST', path: TOKEN_PATH, isLogin: true, answer: (request) => tokenAnswer(request, tokens, key) },
      // In place of the page on which a developer registers a key.
      { method: 'GET', path: '/sandbox-client', isLogin: true, answer: () => ({ status: 200, body: key.document }) },
      { method: 'GET', path: '/r4/Patient', answer: (request) => searchAnswer(request, patients) },
    ],
    rejectionOf: ({ headers }) => (tokens.isValid(bearerToken(headers.authorization)) ? undefined : UNAUTHORIZED),
    failureBody: (status) => outcome('error', status === 429 ? 'throttled' : 'transient', 'The server cannot answer'),
    failureType: FHIR['content-type'],
    noRoute: { status: 404, body: outcome('error', 'not-found', 'Unknown resource type'), headers: FHIR },
  };
}

export function patientId(n: number): string {
  return `eSandbox${String(n).padStart(6, '0')}`;
}

/** Epic answers an expired token without a body. */
const UNAUTHORIZED: Answer = {
  status: 401,
  body: new RawText(''),
  headers: { 'www-authenticate': 'Bearer error="invalid_token", error_description="The access token expired"' },
};

/** A hospital keeps numbers with hyphens. Patient 30 has no general practitioner. */
function patientOf(person: Person): Patient {
  const { n, firstName, lastName, email, phone } = person;
  const hyphenated = `${phone.slice(0, 3)}-${phone.slice(3, 6)}-${phone.slice(6)}`;
  return {
    resourceType: 'Patient',
    id: patientId(n),
    meta: { lastUpdated: new Date(person.changedAtMs).toISOString() },
    active: true,
    name: [
      { use: 'usual', family: lastName, given: [firstName] },
      { use: 'old', family: 'Formerly', given: [firstName] },
    ],
    telecom: [
      { system: 'phone', use: n === 20 ? 'mobile' : 'home', value: hyphenated },
      { system: 'email', value: email },
    ],
    birthDate: `19${String(10 + (n % 90)).padStart(2, '0')}-01-02`,
    ...(n === 30 ? {} : { generalPractitioner: [{ reference: `Practitioner/p${n % 5}`, display: `Dr. ${n % 5}` }] }),
  };
}

function tokenAnswer({ headers, body }: VendorRequest, tokens: VendorTokens, key: ClientKey): Answer {
  const form = new URLSearchParams(body);
  if (form.get('grant_type') !== 'client_credentials') return loginError('unsupported_grant_type');
  if (form.get('client_assertion_type') !== ASSERTION_TYPE) return loginError('invalid_request');
  const audience = `http://${headers.host ?? ''}/fhir${TOKEN_PATH}`;
  const problem = key.problemOf(form.get('client_assertion') ?? '', audience);
  if (problem !== undefined) return loginError('invalid_client', `the assertion is not valid: ${problem}`);
  if (form.get('scope') !== SCOPE) return loginError('invalid_scope');
  const token = { access_token: tokens.issue(CLIENT_ID), token_type: 'bearer', expires_in: tokens.lifeS() };
  return { status: 200, body: { ...token, scope: SCOPE } };
}

function loginError(error: string, description?: string): Answer {
  return { status: 400, body: { error, error_description: description ?? null } };
}

/** Without `Accept`, the server answers in XML, as Epic does. */
function searchAnswer({ headers, query }: VendorRequest, patients: readonly Patient[]): Answer {
  if (!/\bjson\b/.test(headers.accept ?? ''))
    return {
      status: 406,
      body: outcome('fatal', 'not-supported', 'Accept must name application/fhir+json'),
      headers: FHIR,
    };
  try {
    const found = searchPatients(query, patients);
    const size = Number(query.get('_count') ?? '50');
    return { status: 200, body: bundle(found, Number.isInteger(size) && size > 0 ? size : 50), headers: FHIR };
  } catch (error) {
    if (!(error instanceof InvalidParameter)) throw error;
    return { status: 400, body: outcome('fatal', 'invalid', error.message), headers: FHIR };
  }
}

/** An empty bundle holds an OperationOutcome that says why. */
function bundle(found: readonly Patient[], size: number) {
  const matches = found.slice(0, size).map((resource) => ({ resource, search: { mode: 'match' } }));
  const hint = { resource: outcome('warning', 'processing', 'Resource request returns no results.') };
  const entry = found.length === 0 ? [{ ...hint, search: { mode: 'outcome' } }] : matches;
  return { resourceType: 'Bundle', type: 'searchset', total: found.length, entry };
}

function outcome(severity: string, code: string, diagnostics: string) {
  return { resourceType: 'OperationOutcome', issue: [{ severity, code, diagnostics }] };
}
