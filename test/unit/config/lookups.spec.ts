import { describe, expect, it } from '@jest/globals';
import { edited, lineOf, loadText, NAMES, problemsOf } from '../../fixtures/config/load-text.js';

const KEY = '      - { input: email, kind: email }';
const QUERY = 'query: { phone: "{ani}", email: "{email}" }';
const BODY = 'body: { customer: "{customerId}", kind: open }';
const VIP = 'vip: { type: boolean, default: true }';
const CACHE = 'cache: { ttlMs: 1000, staleMs: 2000, notFoundTtlMs: 3000, nearTtlMs: 4000 }';

const NAME = 'must be a name: a letter, then at most 63 letters, digits, `_` or `-`';
const METHOD = 'must be GET, or POST with readOnly: true: Datadip sends only reads';
const STRANGER = 'names an input that is not in key: an answer may depend on key inputs only';
const UNUSED = 'is not used in path, query or body: every caller would get the same answer';
const ABSENT = 'must not use an input that may be missing: declare it as the only key input';
const RESERVED = 'is reserved: every answer has a field of this name';
const GENESYS = 'is reserved: Genesys Cloud fills an input of this name itself';

/** A passage, its replacement, and the problem: key below `lookups`, shown value, message. */
type Case = readonly [passage: string, instead: string, key: string, value: string | undefined, message: string];

function refuses([passage, instead, key, value, message]: Case): void {
  const text = edited(passage, instead);
  const expected = { source: 'datadip.yaml', line: lineOf(text, instead), key: `lookups.${key}` };
  const problem = { ...expected, ...(value === undefined ? {} : { value }), message };
  expect(problemsOf(() => loadText(text))).toEqual([problem]);
}

describe('the key of a lookup', () => {
  it.each<Case>([
    [KEY, '      - { input: email, kind: mail }', 'customer.key[1].kind', '"mail"', 'must be one of phone, email, id'],
    [KEY, '      - { input: ani, kind: id }', 'customer.key[1].input', '"ani"', 'is repeated in key; allowed: once'],
    [KEY, '      - email', 'customer.key[1]', '"email"', 'must be a map'],
  ])('is refused where "%s" is "%s"', (passage, instead, key, value, message) => {
    const text = edited(passage, instead).replace(', email: "{email}"', '');
    const expected = { source: 'datadip.yaml', line: lineOf(text, instead), key: `lookups.${key}`, value, message };
    expect(problemsOf(() => loadText(text))).toEqual([expected]);
  });

  it.each([
    ['tenantId', 'is reserved: the tenant is part of every key'],
    ['orgId', GENESYS],
    ['integrationId', GENESYS],
    ['rawRequest', GENESYS],
    ['1st', NAME],
    ['a.b', NAME],
  ])('cannot be the input %s', (input, message) => {
    const text = edited(KEY, `      - { input: ${input}, kind: id }`).replace('"{email}"', `x`);
    const found = problemsOf(() => loadText(text));
    expect(found).toEqual([
      {
        source: 'datadip.yaml',
        line: lineOf(text, `input: ${input}`),
        key: 'lookups.customer.key[1].input',
        value: `"${input}"`,
        message,
      },
    ]);
  });

  it.each([
    [0, '[]'],
    [9, `[${Array.from({ length: 9 }, (_, at) => `{ input: i${at}, kind: id }`).join(', ')}]`],
  ])('has 1 to 8 inputs, not %i', (_, list) => {
    const text = edited('    key:\n      - { input: customerId, kind: id }', `    key: ${list}`);
    const problem = { source: 'datadip.yaml', line: lineOf(text, `    key: [`), key: 'lookups.search.key' };
    expect(problemsOf(() => loadText(text))).toEqual([
      { ...problem, message: 'must be a list; allowed length: 1 to 8' },
    ]);
  });
});

describe('the origin of a lookup', () => {
  it.each<Case>([
    [
      'system: billing',
      'system: erp',
      'search.origin.system',
      '"erp"',
      'is not a declared system; declared: crm, billing',
    ],
    [
      'system: billing',
      'system: toString',
      'search.origin.system',
      '"toString"',
      'is not a declared system; declared: crm, billing',
    ],
    ['method: GET', 'method: DELETE', 'customer.origin.method', '"DELETE"', METHOD],
    ['method: GET', 'method: get', 'customer.origin.method', '"get"', METHOD],
    [
      'method: GET',
      'method: POST',
      'customer.origin.method',
      '"POST"',
      'needs readOnly: true: Datadip sends only reads',
    ],
    ['readOnly: true', 'readOnly: "true"', 'search.origin.readOnly', '"true"', 'must be true or false'],
    ['method: GET', 'body: { a: b }', 'customer.origin.body', undefined, 'needs method: POST'],
    ['path: /customers', 'path: customers', 'customer.origin.path', '"customers"', 'must start with one /'],
    ['path: /customers', 'path: //other.example', 'customer.origin.path', '"//other.example"', 'must start with one /'],
    [
      'path: /customers',
      'path: /c?key=1',
      'customer.origin.path',
      undefined,
      'must not contain ? or #: write parameters in query',
    ],
    [
      'path: /customers',
      'path: /c#top',
      'customer.origin.path',
      '"/c#top"',
      'must not contain ? or #: write parameters in query',
    ],
    ['path: /customers', 'path: /a/../b', 'customer.origin.path', '"/a/../b"', 'must not contain the segment ..'],
    ['path: /customers', 'path: /a/.%2E', 'customer.origin.path', '"/a/.%2E"', 'must not contain the segment ..'],
    [
      'path: /customers',
      'path: /a\\..\\b',
      'customer.origin.path',
      '"/a\\\\..\\\\b"',
      'must not contain a space, a backslash or a control character',
    ],
    ['path: /customers', 'path: /{ani}', 'customer.origin.path', '"/{ani}"', `${ABSENT} ({ani})`],
    ['path: /customers', 'path: /{tier}', 'customer.origin.path', '"/{tier}"', `${STRANGER} ({tier})`],
    [
      'path: /customers',
      'path: /{a.b}',
      'customer.origin.path',
      '"/{a.b}"',
      'must contain braces only around the name of an input',
    ],
    [
      QUERY,
      `${QUERY.slice(0, -2)}, t: "{tenantId}" }`,
      'customer.origin.query.t',
      '"{tenantId}"',
      `${STRANGER} ({tenantId})`,
    ],
    [BODY, `${BODY.slice(0, -2)}, q: "is {x}?" }`, 'search.origin.body.q', '"is {x}?"', `${STRANGER} ({x})`],
    [
      QUERY,
      `${QUERY.slice(0, -2)}, limit: 1 }`,
      'customer.origin.query.limit',
      '1',
      'must be text: write it in quotes',
    ],
    [BODY, 'body: { customer: { id: "{customerId}" } }', 'search.origin.body.customer', undefined, 'must be text'],
    [QUERY, 'query: all', 'customer.origin.query', '"all"', 'must be a map'],
    [
      'record: results[0]',
      'record: results[0',
      'customer.origin.record',
      '"results[0"',
      'is not a JSONata expression (Expected "]" before end of expression, character 9)',
    ],
    [
      'record: results[0]',
      'record: ""',
      'customer.origin.record',
      '""',
      'is not a JSONata expression (Unexpected end of expression, character 0)',
    ],
    [
      'customerId: id\n',
      'customerId: "id &"\n',
      'customer.customerId',
      '"id &"',
      'is not a JSONata expression (Unexpected end of expression, character 4)',
    ],
    [
      'method: GET',
      'retries: 3',
      'customer.origin.retries',
      undefined,
      'is an unknown key; allowed: system, method, readOnly, path, query, body, record, follow',
    ],
  ])('is refused where "%s" is "%s"', (...refused) => refuses(refused));

  const FOLLOW = 'record: results[0]\n      follow: ';
  const ONLY_ID = 'must contain {id}, and no other braces';

  it.each<readonly [follow: string, key: string, value: string | undefined, message: string]>([
    ['{ id: master, path: /customers }', 'path', '"/customers"', ONLY_ID],
    ['{ id: master, path: "/customers/{ani}" }', 'path', '"/customers/{ani}"', ONLY_ID],
    ['{ id: master, path: "/customers/{id}/{email}" }', 'path', '"/customers/{id}/{email}"', ONLY_ID],
    ['{ path: "/customers/{id}" }', 'id', undefined, 'is required'],
  ])('cannot lead to another record by %s', (follow, key, value, message) => {
    const text = edited('record: results[0]', FOLLOW + follow);
    const problem = {
      source: 'datadip.yaml',
      line: lineOf(text, 'follow:'),
      key: `lookups.customer.origin.follow.${key}`,
    };
    expect(problemsOf(() => loadText(text))).toEqual([
      { ...problem, ...(value === undefined ? {} : { value }), message },
    ]);
  });

  it('may lead to another record, and ask by one name for whichever input there is', () => {
    const text = edited(QUERY, 'query: { who: ["{ani}", "{email}"] }').replace(
      'record: results[0]',
      `${FOLLOW}{ id: master, path: "/customers/{id}" }`,
    );
    const origin = loadText(text).lookups.get('customer')?.origin;
    expect(origin?.follow).toEqual({ id: 'master', path: '/customers/{id}' });
    expect(origin?.query.get('who')).toEqual(['{ani}', '{email}']);
  });

  it.each([
    ['[]', 'customer.origin.query.who', 'must be a list; allowed length: 1 to 8'],
    ['["{ani}", 5]', 'customer.origin.query.who[1]', 'must be text: write it in quotes'],
    ['{ a: b }', 'customer.origin.query.who', 'must be text'],
  ])('cannot ask for %s', (who, key, message) => {
    const text = edited(QUERY, `query: { phone: "{ani}", email: "{email}", who: ${who} }`);
    const told = problemsOf(() => loadText(text)).map((problem) => [problem.key, problem.message]);
    expect(told).toEqual([[`lookups.${key}`, message]]);
  });

  it('must use every input of the key', () => {
    const text = edited(', email: "{email}"', '');
    const problem = {
      line: lineOf(text, KEY),
      key: 'lookups.customer.key[1].input',
      value: '"email"',
      message: UNUSED,
    };
    expect(problemsOf(() => loadText(text))).toEqual([{ source: 'datadip.yaml', ...problem }]);
  });

  it('may use the one input of the key in its path, and braces of another language in its body', () => {
    const text = edited(BODY, 'body: { q: "query { customer { id } }" }').replace(
      '/search',
      '/search/{customerId}.json',
    );
    const origin = loadText(text).lookups.get('search')?.origin;
    expect(origin?.path).toBe('/search/{customerId}.json');
    expect(origin?.body?.get('q')).toBe('query { customer { id } }');
  });
});

describe('the fields of a lookup', () => {
  it.each<Case>([
    [
      VIP,
      'vip: { type: text }',
      'customer.fields.vip.type',
      '"text"',
      'must be one of string, boolean, integer, number',
    ],
    [VIP, 'vip: boolean', 'customer.fields.vip', '"boolean"', 'must be a map'],
    [VIP, 'vip: {}', 'customer.fields.vip.type', undefined, 'is required'],
    [VIP, 'contactFound: { type: boolean }', 'customer.fields.contactFound', undefined, RESERVED],
    [VIP, 'source: { type: string }', 'customer.fields.source', undefined, RESERVED],
    [VIP, 'cacheHit: { type: boolean }', 'customer.fields.cacheHit', undefined, RESERVED],
    [VIP, 'latencyMs: { type: integer }', 'customer.fields.latencyMs', undefined, RESERVED],
    [VIP, 'error: { type: string }', 'customer.fields.error', undefined, RESERVED],
    [VIP, 'a.b: { type: string, from: a.b }', 'customer.fields["a.b"]', undefined, NAME],
    [VIP, '1st: { type: string, from: first }', 'customer.fields.1st', undefined, NAME],
    [VIP, '_vip: { type: string, from: vip }', 'customer.fields._vip', undefined, NAME],
    [VIP, 'größe: { type: string, from: vip }', 'customer.fields["größe"]', undefined, NAME],
    [VIP, 'orgId: { type: string }', 'customer.fields.orgId', undefined, GENESYS],
    [VIP, 'integrationId: { type: string }', 'customer.fields.integrationId', undefined, GENESYS],
    [VIP, 'rawRequest: { type: string }', 'customer.fields.rawRequest', undefined, GENESYS],
    [VIP, 'vip: { type: boolean, description: [x] }', 'customer.fields.vip.description', undefined, 'must be text'],
    [
      VIP,
      'vip: { type: boolean, from: "a b" }',
      'customer.fields.vip.from',
      '"a b"',
      'is not a JSONata expression (Syntax error: "b", character 3)',
    ],
    [
      VIP,
      'vip: { type: boolean, keep: 1 }',
      'customer.fields.vip.keep',
      undefined,
      'is an unknown key; allowed: type, from, default, description',
    ],
    [
      VIP,
      'vip: { type: boolean, default: "true" }',
      'customer.fields.vip.default',
      '"true"',
      'must be true or false, like the field',
    ],
    [
      VIP,
      'vip: { type: boolean, default: null }',
      'customer.fields.vip.default',
      'null',
      'must be true or false, like the field',
    ],
    [
      VIP,
      'vip: { type: integer, default: 1.5 }',
      'customer.fields.vip.default',
      '1.5',
      'must be a whole number, like the field',
    ],
    [
      VIP,
      'vip: { type: integer, default: 1e300 }',
      'customer.fields.vip.default',
      '1e+300',
      'must be a whole number, like the field',
    ],
    [
      VIP,
      'vip: { type: number, default: "1" }',
      'customer.fields.vip.default',
      '"1"',
      'must be a number, like the field',
    ],
    [
      VIP,
      'vip: { type: number, default: .inf }',
      'customer.fields.vip.default',
      'Infinity',
      'must be a number, like the field',
    ],
    [
      VIP,
      'vip: { type: string, default: 7 }',
      'customer.fields.vip.default',
      '7',
      'must be text, in quotes if it looks like something else, like the field',
    ],
  ])('are refused where "%s" is "%s"', (...refused) => refuses(refused));

  it('have defaults that are an answer every platform takes', () => {
    const text = edited(VIP, `vip: { type: string, default: ${'x'.repeat(31_000)} }`);
    const message = 'must have defaults of at most 31000 bytes together: larger answers are refused by CXone Studio';
    const place = { source: 'datadip.yaml', line: lineOf(text, '    fields:'), key: 'lookups.customer.fields' };
    expect(problemsOf(() => loadText(text))).toEqual([{ ...place, message }]);
  });

  it.each(['agents-available', 'agents-confirm', 'agents-release'])('of a lookup called %s are moot', (taken) => {
    const text = edited('  search:', `  ${taken}:`);
    const message = 'is reserved: it is the name of a Data Action for agents';
    const place = { source: 'datadip.yaml', line: lineOf(text, `  ${taken}:`), key: `lookups.${taken}` };
    expect(problemsOf(() => loadText(text))).toEqual([{ ...place, message }]);
  });

  it.each([
    [0, '{}'],
    [65, `{ ${Array.from({ length: 65 }, (_, at) => `f${at}: { type: string }`).join(', ')} }`],
  ])('are 1 to 64, not %i', (_, fields) => {
    const text = edited(
      '    fields:\n      in: { type: string }\n      in-arrears: { type: boolean }',
      `    fields: ${fields}`,
    );
    const problem = {
      line: lineOf(text, '    fields: {'),
      key: 'lookups.search.fields',
      message: 'must declare 1 to 64 fields',
    };
    expect(problemsOf(() => loadText(text))).toEqual([{ source: 'datadip.yaml', ...problem }]);
  });

  it('take a substituted default as their type reads it', () => {
    const defaults = 'vip: { type: boolean, default: ${VIP} }\n      code: { type: string, default: ${CODE} }';
    const config = loadText(edited(VIP, defaults).replace('default: 7', 'default: ${CODE}'), {
      ...process.env,
      CRM_TOKEN: 't',
      BILLING_PASSWORD: 'p',
      ARCHITECT_KEY: 'a',
      WEBHOOK_SECRET: 's',
      VIP: 'true',
      CODE: '42',
    });
    const fields = config.lookups.get('customer')?.fields;
    expect([fields?.get('vip')?.default, fields?.get('code')?.default, fields?.get('orders')?.default]).toEqual([
      true,
      '42',
      42,
    ]);
  });
});

describe('the ages and the priority of a lookup', () => {
  const AGE = 'must be a whole number of milliseconds; allowed:';

  it.each<Case>([
    [CACHE, 'cache: { ttlMs: 0 }', 'customer.cache.ttlMs', '0', `${AGE} 1 to 2592000000`],
    [CACHE, 'cache: { ttlMs: 2592000001 }', 'customer.cache.ttlMs', '2592000001', `${AGE} 1 to 2592000000`],
    [CACHE, 'cache: { staleMs: -1 }', 'customer.cache.staleMs', '-1', `${AGE} at least 0`],
    [CACHE, 'cache: { notFoundTtlMs: 0.5 }', 'customer.cache.notFoundTtlMs', '0.5', `${AGE} at least 0`],
    [CACHE, 'cache: { nearTtlMs: 60001 }', 'customer.cache.nearTtlMs', '60001', `${AGE} 0 to 60000`],
    [CACHE, 'cache: { nearTtlMs: 5 min }', 'customer.cache.nearTtlMs', '"5 min"', `${AGE} 0 to 60000`],
    [
      CACHE,
      'cache: { ttl: 5 }',
      'customer.cache.ttl',
      undefined,
      'is an unknown key; allowed: ttlMs, staleMs, notFoundTtlMs, nearTtlMs',
    ],
    ['priority: desktop', 'prewarm: true', 'customer.prewarm', 'true', 'must be a list'],
    [
      'priority: desktop',
      'prewarm: [{ cron: "99 7 * * *", top: 5 }]',
      'customer.prewarm[0].cron',
      '"99 7 * * *"',
      'must be a cron expression: minute, hour, day of month, month, day of week',
    ],
    [
      'priority: desktop',
      'prewarm: [{ cron: "45 7 * * 1-5", top: 0 }]',
      'customer.prewarm[0].top',
      '0',
      'must be a whole number; allowed: 1 to 5000',
    ],
    ['priority: desktop', 'priority: high', 'customer.priority', '"high"', 'must be one of ivr, desktop, background'],
    [
      'priority: desktop',
      'warmup: true',
      'customer.warmup',
      undefined,
      'is an unknown key; allowed: description, key, origin, customerId, fields, cache, priority, limits, prewarm',
    ],
  ])('are refused where "%s" is "%s"', (...refused) => refuses(refused));

  it('may be 0 where that means not at all', () => {
    const ages = { ttlMs: 1, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0 };
    const config = loadText(edited(CACHE, `cache: ${JSON.stringify(ages)}`));
    expect(config.lookups.get('customer')?.cache).toEqual(ages);
  });
});

describe('a lookup', () => {
  it.each(['key', 'origin', 'fields'])('must declare its %s', (part) => {
    const text = edited('  search:\n', '  search: {}\n  other:\n');
    const line = lineOf(text, '  search:');
    const problem = { source: 'datadip.yaml', line, key: `lookups.search.${part}`, message: 'is required' };
    expect(problemsOf(() => loadText(text))).toContainEqual(problem);
  });

  it('has a name', () => {
    const text = edited('  search:\n', '  "search\\nit":\n');
    const problem = {
      source: 'datadip.yaml',
      line: lineOf(text, '  "search'),
      key: 'lookups["search\\nit"]',
      message: NAME,
    };
    expect(problemsOf(() => loadText(text))).toEqual([problem]);
  });

  it('is what a file must declare at least one of', () => {
    const empty = 'systems: {}\nlookups: {}\n';
    const problem = { source: 'datadip.yaml', line: 2, key: 'lookups', message: 'must declare at least one lookup' };
    expect(problemsOf(() => loadText(empty))).toEqual([problem]);
  });
});

describe('the limits of a lookup', () => {
  it('must not be wider than those of its system', () => {
    refuses([
      'limits: { maxPerSecond: 500 }',
      'limits: { maxCalls: 21 }',
      'customer.limits.maxCalls',
      '21',
      'must not be above maxConcurrent of its system',
    ]);
    expect(loadText(edited('limits: { maxPerSecond: 500 }', 'limits: { maxCalls: 20 }')).lookups.size).toBe(2);
  });

  it('are held against those of its system wherever these stand', () => {
    const text = edited('limits: { maxPerSecond: 500 }', 'limits: { maxCalls: 21 }').replace(
      'maxConcurrent: 20,',
      'maxConcurrent: ${CALLS},',
    );
    const [problem] = problemsOf(() => loadText(text, { ...NAMES, CALLS: '20' }));
    expect(problem).toMatchObject({ key: 'lookups.customer.limits.maxCalls' });
    expect(loadText(text, { ...NAMES, CALLS: '21' }).lookups.size).toBe(2);
    expect(problemsOf(() => loadText(text))).toEqual([
      expect.objectContaining({ line: lineOf(text, '${CALLS}'), key: 'systems.crm.limits.maxConcurrent' }),
    ]);
  });

  it('leave something for what is to be loaded before a peak', () => {
    const prewarm = 'prewarm: [{ cron: "45 7 * * 1-5" }]';
    const text = edited('limits: { maxPerSecond: 500 }', prewarm).replace(
      'backgroundShare: 0.25',
      'backgroundShare: 0',
    );
    expect(problemsOf(() => loadText(text))).toEqual([
      {
        source: 'datadip.yaml',
        line: lineOf(text, prewarm),
        key: 'lookups.customer.prewarm',
        message: 'needs a backgroundShare above 0 in its system: prewarming is background work',
      },
    ]);
  });
});
