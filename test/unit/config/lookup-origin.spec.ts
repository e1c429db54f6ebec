import { describe, expect, it } from '@jest/globals';
import { edited, lineOf, loadText, httpOriginOf } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';
import { refusesLookup, type Case } from '../../fixtures/config/refused-change.js';

const KEY = '      - { input: email, kind: email }';
const QUERY = 'query: { phone: "{ani}", email: "{email}" }';
const FILTERS =
  'digits, national, international, nationalDigits, hyphens, number, guid, last, upper, soql, soqlLike, odata, c4c, json, graphql, snow, zoho, fhir, lucene, phrase, xml';
const LAST = 'last:1 to last:320';
const BODY = 'body: { customer: "{customerId}", kind: open }';

describe('the origin of a lookup', () => {
  it.each<Case>([
    ['system: billing', 'system: erp', 'search.origin.system', '"erp"', 'unknown system: crm, billing'],
    ['system: billing', 'system: toString', 'search.origin.system', '"toString"', 'unknown system: crm, billing'],
    ['method: GET', 'method: DELETE', 'customer.origin.method', '"DELETE"', 'method not allowed'],
    ['method: GET', 'method: get', 'customer.origin.method', '"get"', 'method not allowed'],
    ['method: GET', 'method: POST', 'customer.origin.method', '"POST"', 'POST without readOnly'],
    ['readOnly: true', 'readOnly: "true"', 'search.origin.readOnly', '"true"', 'not a flag'],
    ['method: GET', 'body: { a: b }', 'customer.origin.body', undefined, 'body without POST'],
    ['path: /customers', 'path: customers', 'customer.origin.path', '"customers"', 'relative path'],
    ['path: /customers', 'path: //other.example', 'customer.origin.path', '"//other.example"', 'relative path'],
    ['path: /customers', 'path: /c?key=1', 'customer.origin.path', undefined, 'query in path'],
    ['path: /customers', 'path: /c#top', 'customer.origin.path', '"/c#top"', 'query in path'],
    ['path: /customers', 'path: /a/../b', 'customer.origin.path', '"/a/../b"', 'parent segment'],
    ['path: /customers', 'path: /a/.%2E', 'customer.origin.path', '"/a/.%2E"', 'parent segment'],
    ['path: /customers', 'path: /a\\..\\b', 'customer.origin.path', '"/a\\\\..\\\\b"', 'character in path'],
    ['path: /customers', 'path: /{ani}', 'customer.origin.path', '"/{ani}"', 'optional input: {ani}'],
    ['path: /customers', 'path: /{tier}', 'customer.origin.path', '"/{tier}"', 'foreign input: {tier}'],
    ['path: /customers', 'path: /{a.b}', 'customer.origin.path', '"/{a.b}"', 'other braces'],
    [
      QUERY,
      `${QUERY.slice(0, -2)}, t: "{tenantId}" }`,
      'customer.origin.query.t',
      '"{tenantId}"',
      'foreign input: {tenantId}',
    ],
    [BODY, `${BODY.slice(0, -2)}, q: "is {x}?" }`, 'search.origin.body.q', '"is {x}?"', 'foreign input: {x}'],
    [
      QUERY,
      QUERY.replace('{ani}', '{ani|}'),
      'customer.origin.query.phone',
      '"{ani|}"',
      `unknown filter: ${FILTERS}: {ani|}`,
    ],
    [
      QUERY,
      QUERY.replace('{ani}', '{ani|last}'),
      'customer.origin.query.phone',
      '"{ani|last}"',
      `filter without number: ${LAST}: {ani|last}`,
    ],
    [
      QUERY,
      QUERY.replace('{ani}', '{ani|last:0}'),
      'customer.origin.query.phone',
      '"{ani|last:0}"',
      `filter without number: ${LAST}: {ani|last:0}`,
    ],
    [
      QUERY,
      QUERY.replace('{ani}', '{ani|national:us}'),
      'customer.origin.query.phone',
      '"{ani|national:us}"',
      'filter without country: {ani|national:us}',
    ],
    [
      QUERY,
      QUERY.replace('{ani}', '{ani|digits:1}'),
      'customer.origin.query.phone',
      '"{ani|digits:1}"',
      'argument of a filter: `digits`: {ani|digits:1}',
    ],
    [QUERY, `${QUERY.slice(0, -2)}, limit: 1 }`, 'customer.origin.query.limit', '1', 'not quoted'],
    [
      BODY,
      'body: { c: { a: ["{x}"] }, i: "{customerId}" }',
      'search.origin.body.c.a[0]',
      '"{x}"',
      'foreign input: {x}',
    ],
    [BODY, 'body: [ "{customerId}" ]', 'search.origin.body', undefined, 'not a map'],
    [
      BODY,
      `${BODY.slice(0, -2)}, n: 12345678901234567890 }`,
      'search.origin.body.n',
      '12345678901234567000',
      'long number',
    ],
    [BODY, `form: yes\n      ${BODY}`, 'search.origin.form', '"yes"', 'not a flag'],
    [BODY, `xml: <a/>\n      ${BODY}`, 'search.origin.xml', '"<a/>"', 'two bodies'],
    [BODY, 'body: { c: { i: "{customerId}" } }\n      form: true', 'search.origin.body.c', undefined, 'nested form'],
    [BODY, 'xml: "{customerId|xml}"', 'search.origin.xml', '"{customerId|xml}"', 'not XML'],
    [
      BODY,
      'xml: <a>{customerId}</a>',
      'search.origin.xml',
      '"<a>{customerId}</a>"',
      'no escape here: `xml`: {customerId}',
    ],
    [
      BODY,
      `headers: { A: "{customerId}" }\n      ${BODY}`,
      'search.origin.headers.A',
      undefined,
      'template in a header',
    ],
    [
      BODY,
      `headers: { Authorization: a }\n      ${BODY}`,
      'search.origin.headers.Authorization',
      undefined,
      'header of auth',
    ],
    [QUERY, 'query: all', 'customer.origin.query', '"all"', 'not a map'],
    [
      'record: results[0]',
      'record: results[0',
      'customer.origin.record',
      '"results[0"',
      'not an expression: Expected "]" before end of expression, character 9',
    ],
    [
      'record: results[0]',
      'record: ""',
      'customer.origin.record',
      '""',
      'not an expression: Unexpected end of expression, character 0',
    ],
    [
      'customerId: id\n',
      'customerId: "id &"\n',
      'customer.customerId',
      '"id &"',
      'not an expression: Unexpected end of expression, character 4',
    ],
    [
      'method: GET',
      'retries: 3',
      'customer.origin.retries',
      undefined,
      'unknown key: system, method, readOnly, path, sql, query, body, form, xml, headers, record, failWhen, notFoundWhen, follow',
    ],
  ])('is refused where "%s" is "%s"', (...refused) => refusesLookup(refused));

  const FOLLOW = 'record: results[0]\n      follow: ';

  it.each<readonly [follow: string, key: string, value: string | undefined, kind: string]>([
    ['{ id: master, path: /customers }', 'path', '"/customers"', 'braces other than {id}'],
    ['{ id: master, path: "/customers/{ani}" }', 'path', '"/customers/{ani}"', 'braces other than {id}'],
    ['{ id: master, path: "/customers/{id}/{email}" }', 'path', '"/customers/{id}/{email}"', 'braces other than {id}'],
    ['{ path: "/customers/{id}" }', 'id', undefined, 'missing'],
  ])('cannot lead to another record by %s', (follow, key, value, kind) => {
    const text = edited('record: results[0]', FOLLOW + follow);
    const problem = {
      source: 'datadip.yaml',
      line: lineOf(text, 'follow:'),
      key: `lookups.customer.origin.follow.${key}`,
    };
    expect(kindsOf(() => loadText(text))).toEqual([{ ...problem, ...(value === undefined ? {} : { value }), kind }]);
  });

  it('may lead to another record, and ask by one name for whichever input there is', () => {
    const text = edited(QUERY, 'query: { who: ["{ani}", "{email}"] }').replace(
      'record: results[0]',
      `${FOLLOW}{ id: master, path: "/customers/{id}" }`,
    );
    const origin = httpOriginOf(loadText(text), 'customer');
    expect(origin.follow).toEqual({ id: 'master', path: '/customers/{id}' });
    expect(origin.query.get('who')).toEqual(['{ani}', '{email}']);
  });

  it.each([
    ['[]', 'customer.origin.query.who', 'not a list of length: 1 to 8'],
    ['["{ani}", 5]', 'customer.origin.query.who[1]', 'not quoted'],
    ['{ a: b }', 'customer.origin.query.who', 'not text'],
  ])('cannot ask for %s', (who, key, kind) => {
    const text = edited(QUERY, `query: { phone: "{ani}", email: "{email}", who: ${who} }`);
    const told = kindsOf(() => loadText(text)).map((problem) => [problem.key, problem.kind]);
    expect(told).toEqual([[`lookups.${key}`, kind]]);
  });

  it('must use every input of the key', () => {
    const text = edited(', email: "{email}"', '');
    const problem = {
      line: lineOf(text, KEY),
      key: 'lookups.customer.key[1].input',
      value: '"email"',
      kind: 'unused input',
    };
    expect(kindsOf(() => loadText(text))).toEqual([{ source: 'datadip.yaml', ...problem }]);
  });

  it('may use the one input of the key in its path, and braces of another language in its body', () => {
    const text = edited(BODY, 'body: { q: "query { customer { id } }" }').replace(
      '/search',
      '/search/{customerId}.json',
    );
    const origin = httpOriginOf(loadText(text), 'search');
    expect(origin.path).toBe('/search/{customerId}.json');
    expect(origin.body).toEqual({ kind: 'json', value: { q: 'query { customer { id } }' } });
  });
});
