import type { ScriptedOrigin } from '../../support/origin.js';
import { Answer } from '../../support/origin-replies.js';
import type { Sample } from './samples.js';
import { FAILING, KEYS, PERSON, SENT, UNDECLARED } from './secrets.js';

type Headers = Readonly<Record<string, string>>;

/** The record of a working origin, with more fields than the lookups declare. */
export function aboutPerson({ url }: { readonly url: string }): unknown {
  const { customerId: id, firstName, lastName, phone, email } = PERSON;
  const record = { id, firstName, lastName, phone, email, ...UNDECLARED, accountTier: 'Gold' };
  return url.startsWith('/api/v2/customers?') ? { results: [record] } : record;
}

/** The failures of an origin, each with data that must not be visible. */
export const FAILURES: readonly (readonly [string, (origin: ScriptedOrigin) => unknown])[] = [
  ['fails', (origin) => origin.answer(() => failing(500))],
  ['refuses the credentials', (origin) => origin.answer(() => failing(401))],
  ['limits the rate', (origin) => origin.answer(() => failing(429))],
  ['redirects', (origin) => origin.answer(() => failing(302))],
  ['does not answer JSON', (origin) => origin.answer(() => failing(200))],
  [
    'answers another document',
    (origin) => origin.answer({ results: FAILING.body, error: { [FAILING.body]: [FAILING.header] } }),
  ],
  ['hangs', (origin) => origin.hang()],
  ['answers byte by byte', (origin) => origin.trickle(50, `"${FAILING.body}`)],
  ['closes the connection halfway', (origin) => origin.closeHalfway(`{"name":"${FAILING.body}`)],
  ['resets the connection', (origin) => origin.resetOnRequest()],
  ['refuses connections', (origin) => origin.refuse()],
];

function failing(status: number): Answer {
  const headers = { 'content-type': 'text/plain', 'x-customer': FAILING.header, location: `/${FAILING.header}` };
  return new Answer(status, headers, `{"name":"${FAILING.body}", ${FAILING.header}`);
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Wrong credentials, and right credentials in the wrong place. */
export const BAD_CREDENTIALS: readonly Headers[] = [
  {},
  { 'x-api-key': SENT.wrongKey },
  { 'x-api-key': KEYS.hmacSecret },
  { authorization: `Basic ${base64(`desk:${SENT.wrongKey}`)}` },
  { authorization: `Basic ${base64(`${SENT.unknownName}:${KEYS.apiKey}`)}` },
  { authorization: `Bearer ${SENT.wrongKey}` },
  { authorization: `Bearer ${KEYS.apiKey}` },
  { authorization: `Digest ${KEYS.apiKey}` },
  { 'x-signature-256': `sha256=${SENT.wrongKey}`, 'x-signature-timestamp': String(Math.floor(Date.now() / 1000)) },
  { 'x-signature-256': KEYS.hmacSecret, 'x-signature-timestamp': SENT.eventId },
  { 'x-api-key': KEYS.apiKey, 'x-genesys-org': PERSON.digits },
  { 'x-api-key': KEYS.apiKey, 'x-genesys-org': encodeURIComponent(SENT.badText) },
  { 'x-api-key': KEYS.nextApiKey, 'x-request-id': `${PERSON.email} ${encodeURIComponent(SENT.badText)}` },
];

/** Invalid bodies, whose text parsers and validators often quote. */
export const BAD_BODIES: readonly string[] = [
  SENT.badText,
  `{"ani": ${PERSON.phone}}`,
  `{"ani": "${PERSON.phone}", "${SENT.badText}"`,
  JSON.stringify([PERSON.phone, SENT.badText]),
  JSON.stringify(SENT.badText),
  JSON.stringify({ ani: { [SENT.badText]: PERSON.phone }, [SENT.unknownName]: { [PERSON.email]: 1 } }),
  JSON.stringify({ customerId: [PERSON.customerId], tenantId: SENT.badText, eventId: { [SENT.badText]: 1 } }),
  JSON.stringify({ customerId: PERSON.customerId, tenantId: SENT.unknownName }),
  JSON.stringify({ lockToken: PERSON.phone, outcome: SENT.badText, priorityScore: SENT.badText }),
  JSON.stringify({
    id: SENT.eventId,
    source: PERSON.email,
    detail: { topicName: SENT.badText, eventBody: SENT.badText },
  }),
  JSON.stringify({
    event_id: SENT.eventId,
    timestamp: 1,
    agent_id: SENT.unknownName,
    status: SENT.badText,
    region_source: PERSON.email,
  }),
  JSON.stringify({ event_id: SENT.eventId, timestamp: 1, agent_id: 'a', status: SENT.badText, region_source: 'eu' }),
  `grant_type=client_credentials&client_id=${encodeURIComponent(SENT.unknownName)}&client_secret=${SENT.wrongKey}`,
  `grant_type=password&username=${encodeURIComponent(PERSON.email)}&password=${SENT.wrongKey}`,
  `grant_type=client_credentials&client_id=desk&client_secret=${KEYS.apiKey}&scope=${encodeURIComponent(SENT.badText)}`,
  JSON.stringify({ ani: PERSON.phone, filler: SENT.badText.repeat(10_000) }),
];

/** Returns the sample with invalid texts in its address. */
export function badAddresses(sample: Sample): Sample[] {
  const params = Object.keys(sample.params ?? {});
  const invalid = [PERSON.phone, PERSON.email, SENT.badText];
  const names = ['tenantId', 'limit', 'offset', 'queueId', 'callId', 'ani', 'email', 'customerId', SENT.badText];
  return invalid.flatMap((text) => [
    { ...sample, params: Object.fromEntries(params.map((name) => [name, text])) },
    { ...sample, query: Object.fromEntries(names.map((name) => [name, text])) },
    { ...sample, query: { [`deep[${text}]`]: text, 'limit[0]': text, ani: `\${${text}}` } },
  ]);
}
