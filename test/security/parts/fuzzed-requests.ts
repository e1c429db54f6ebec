import fc from 'fast-check';
import type { Route } from './routes.js';
import { bodyOf, urlOf, type Sample } from './samples.js';

export interface FuzzedRequest {
  readonly route: Route;
  readonly target: string;
  readonly body: string | Buffer | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Input names of the routes, and names with a meaning in JavaScript. */
const NAMES = [
  ...['ani', 'email', 'customerId', 'tenantId', 'eventId', 'critical', 'queueId', 'callId', 'lockToken', 'outcome'],
  ...['priorityScore', 'limit', 'offset', 'event_id', 'timestamp', 'agent_id', 'status', 'region_source', 'tenant_id'],
  ...[
    'platform',
    'is_acw',
    'id',
    'source',
    'time',
    'detail',
    'topicName',
    'eventBody',
    'grant_type',
    'client_id',
    'scope',
  ],
  ...['__proto__', 'constructor', 'toString', 'then', 'length', 'a.b', 'a[b]', ''],
];

/** Texts with a meaning in some place: another tenant, a placeholder, part of a key or a path. */
const WORDS = [
  ...['10001', '10002', '*', '{10002}', '10001}:{10002', '10002:x', ' 10001 ', '${input.ani}', '$!{input.tenantId}'],
  ...[
    'customer',
    'profile',
    'constructor',
    '__proto__',
    '..',
    '.',
    '%2e%2e',
    '../10002',
    'cust:customer:10002:x',
    '{id}',
  ],
  ...[
    '+15550017',
    'tel:+15550017',
    'ada@example.com',
    'c-17',
    'agent-1',
    'queue-1',
    'AVAILABLE',
    'ended',
    'true',
    '-1',
  ],
  ...[
    '1e309',
    'NaN',
    '9'.repeat(400),
    'a'.repeat(3000),
    '\u0000',
    '\ud800',
    '\r\nx: y',
    'client_credentials',
    'lookup',
  ],
  ...['v2.users.agent-1.routingStatus', 'v2.externalcontacts.contacts.c-17', 'v2.externalcontacts.contacts.', ''],
];

const word = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...WORDS) },
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const name = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...NAMES) }, word);
const value = fc.oneof({ weight: 3, arbitrary: word }, fc.jsonValue({ maxDepth: 3 }), fc.integer(), fc.double());
const inputs = fc.dictionary(name, value, { maxKeys: 8 });
const event = fc.record(
  {
    id: value,
    source: value,
    time: value,
    detail: fc.record({ topicName: value, timestamp: value, eventBody: inputs }),
  },
  { requiredKeys: ['detail'] },
);

/** Generates bodies: random bytes, any JSON, and samples with small changes. */
function bodyFor(sample: Sample): fc.Arbitrary<string | Buffer | undefined> {
  const valid = bodyOf(sample);
  const nearlyValid = inputs.map((changes) => JSON.stringify({ ...sample.body, ...changes }));
  const form = fc.dictionary(name, word).map((fields) => new URLSearchParams(wellFormed(fields)).toString());
  return fc.oneof(
    { weight: 5, arbitrary: nearlyValid },
    { weight: 3, arbitrary: inputs.map((fields) => JSON.stringify(fields)) },
    { weight: 2, arbitrary: event.map((fields) => JSON.stringify(fields)) },
    fc.json(),
    fc.integer({ min: 1, max: 4000 }).map((depth) => `{"id":`.repeat(depth) + '1' + '}'.repeat(depth)),
    form,
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.integer({ min: 16_000, max: 17_000 }).map((size) => JSON.stringify({ ani: 'a'.repeat(size) })),
    fc.constant(valid),
  );
}

/** Generates addresses with any query, and any text in the path parameters. */
function targetFor(route: Route, sample: Sample): fc.Arbitrary<string> {
  const params = Object.keys(sample.params ?? {});
  const given = fc.record(
    Object.fromEntries(params.map((param) => [param, fc.oneof(fc.constant(sample.params?.[param] ?? ''), word)])),
  );
  const query = fc.dictionary(name, word, { maxKeys: 6 });
  const rawQuery = fc.stringMatching(/^[\w%&=[\].+;-]{0,60}$/);
  return fc.tuple(given, fc.option(query), rawQuery, fc.boolean()).map(([filled, pairs, text, keep]) => {
    const at = { params: wellFormed(filled), query: wellFormed({ ...(keep ? sample.query : {}), ...(pairs ?? {}) }) };
    return pairs === null ? `${urlOf(route, { params: at.params })}?${text}` : urlOf(route, at);
  });
}

/** Header values must be printable ASCII. */
const printable = word.map((text) => text.replaceAll(/[^\x20-\x7e]/g, '').trim());
const headers = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: fc.record({ 'x-genesys-org': printable, 'x-request-id': printable }, { requiredKeys: [] }) },
  fc.record({ 'content-type': fc.constantFrom('text/plain', 'application/x-www-form-urlencoded', 'x/y; charset=z') }),
  fc.record({ 'content-encoding': fc.constantFrom('gzip', 'identity', 'br') }),
);

export function fuzzedRequest(route: Route, sample: Sample): fc.Arbitrary<FuzzedRequest> {
  const body = bodyFor(sample);
  return fc.record({
    route: fc.constant(route),
    target: targetFor(route, sample),
    body: route.method === 'GET' ? fc.option(body, { nil: undefined, freq: 2 }) : body,
    headers,
  });
}

/** Replaces lone surrogates, because no client can send them. */
function wellFormed(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key.toWellFormed(), text.toWellFormed()]));
}
