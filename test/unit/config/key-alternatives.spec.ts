import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { loadText } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const ANI = { input: 'ani', kind: 'phone' };
const EMAIL = { input: 'email', kind: 'email' };
const IDS = [
  { input: 'account', kind: 'id' },
  { input: 'pin', kind: 'id' },
];
const POST = { path: '/p', method: 'POST', readOnly: true };
/** Each input alone, so that no input is unused. */
const BOTH = { a: '{ani}', e: '{email}' };

/** The problems of an origin: the place below `origin`, and the kind. */
function problems(origin: object, key: unknown = [ANI, EMAIL], system: object = { baseUrl: 'https://crm.test' }) {
  const lookups = { l: { key, origin: { system: 'crm', ...origin }, fields: { id: { type: 'string' } } } };
  const text = stringify({ country: 'US', systems: { crm: system }, lookups });
  return kindsOf(() => loadText(text)).map(({ key: place, kind, line }) => {
    expect(line).toBeGreaterThan(0);
    return `${place.replace(/^lookups\.l\.origin\.?/, '')}: ${kind}`;
  });
}

const inQuery = (q: string, key?: unknown) => problems({ path: '/p', query: { ...BOTH, q } }, key);
const inBody = (body: object, more: object = {}) => problems({ ...POST, ...more, body: { ...BOTH, ...body } });

describe('a text that needs two alternatives of a key', () => {
  it('is refused in a query, because it is never sent', () => {
    expect(inQuery('phone:{ani} OR email:{email|lucene}')).toEqual(['query.q: never filled: {ani}, {email}']);
    expect(problems({ path: '/p', query: { q: ['{ani}', '{email}', '{ani}/{email}'] } })).toEqual([
      'query.q: never filled',
    ]);
    expect(problems({ path: '/p', query: { a: '{account}-{pin}' } }, IDS)).toEqual([
      'query.a: never filled: {account}, {pin}',
    ]);
  });

  it('is refused in a body, a form and the variables of GraphQL', () => {
    const both = '{ani}/{email}';
    expect(inBody({ q: both })).toEqual(['body.q: never filled: {ani}, {email}']);
    expect(inBody({ a: { b: [1, { c: both }] } })).toEqual(['body.a.b[1].c: never filled: {ani}, {email}']);
    expect(inBody({ q: both }, { form: true })).toEqual(['body.q: never filled: {ani}, {email}']);
    expect(inBody({ query: 'query($p: P!) { c(p: $p) { id } }', variables: { p: both } })).toEqual([
      'body.variables.p: never filled: {ani}, {email}',
    ]);
  });

  it('is refused in an item of a list that needs two', () => {
    expect(inBody({ filters: [{ v: '{ani}', w: '{email}' }] })).toEqual([
      'body.filters[0].v: never filled: {ani}',
      'body.filters[0].w: never filled: {email}',
    ]);
    expect(inBody({ filters: [{ v: '{ani}', w: { x: '{email}' } }] })).toHaveLength(2);
    expect(inBody({ filters: [['{ani}', '{email}']] })).toHaveLength(2);
  });

  it('is accepted if each alternative fills a text alone, or all inputs are given', () => {
    expect(inQuery('{ani}')).toEqual([]);
    expect(problems({ path: '/p', query: { q: ['phone:{ani}', 'email:{email|lucene}'] } })).toEqual([]);
    expect(inBody({ filters: [{ v: '{ani}' }, { v: '{email}' }], or: ['{ani}', '{email}'] })).toEqual([]);
    expect(inBody({ variables: { p: '{ani}', e: '{email}' } })).toEqual([]);
    expect(problems({ path: '/p', query: { a: '{account}-{pin}' } }, [{ all: IDS }])).toEqual([]);
    expect(problems({ path: '/p', query: { a: '{account}-{pin}', ani: '{ani}' } }, [{ all: IDS }, ANI])).toEqual([]);
    expect(problems({ path: '/p', query: { a: '{account}-{ani}', p: '{pin}' } }, [{ all: IDS }, ANI])).toEqual([
      'query.a: never filled: {account}, {ani}',
    ]);
  });

  it('is refused in a path and in XML, as each input alone is', () => {
    expect(problems({ path: '/p/{account}/{pin}' }, IDS)).toEqual(['path: optional input: {account}, {pin}']);
    expect(problems({ ...POST, xml: '<a><b>{ani|xml}</b><c>{email|xml}</c></a>' })).toEqual([
      'xml: optional input: {ani}, {email}',
    ]);
  });
});

describe('a statement of SQL with two alternatives', () => {
  const sqlProblems = (where: string, key?: unknown, type = 'postgres') =>
    problems({ sql: `select id from c ${where}` }, key, { type, url: `${type}://r@127.0.0.1/erp` });

  it.each([
    ['where a = {ani} and b = {email}', 2],
    ['where (a = {ani}) and t = 1 and (lower(c.b) = lower({email})) order by id limit 2', 2],
    ['where a like {ani} and (b = {email} or b = 17)', 1],
    ['where a = {ani} and b = {email} union select id from d where {ani} = a and b <> {email}', 2],
    ['where a = {ani}::text and b = {email} and c in (1, 2)', 2],
    ['where t = {ani} and (b = {email} and c = 1 or c = 2)', 1],
  ])('is refused if a condition can be met by no row: %s', (where, count) => {
    const found = sqlProblems(where);
    expect(found).toHaveLength(count);
    for (const problem of found) expect(problem).toMatch(/^sql: no row: \{(ani|email)\}$/);
  });

  it.each([
    'where a = {ani} or b = {email}',
    'where (a = {ani} or b = {email}) and active = 1',
    'where a in ({ani}, {email})',
    'where a = coalesce({ani}, {email})',
    'where ({ani} is null or a = {ani}) and ({email} is null or b = {email})',
    'where case when a = {ani} and b = {email} then 1 else 2 end = 2',
    'where not (a = {ani} and b = {email})',
    'where a = {ani} union select id from d where b = {email}',
    'where exists (select 1 from d where b = {ani} or a = {email})',
    "where a is not distinct from {ani} and b = 'x' or b = {email}",
    "where a = 'and' || {ani} and b = {email}",
  ])('is accepted if a row may meet it: %s', (where) => {
    expect(sqlProblems(where)).toEqual([]);
  });

  it('is accepted in MySQL with its signs for OR and for a comparison with NULL', () => {
    expect(sqlProblems('where a = {ani} || b = {email}', undefined, 'mysql')).toEqual([]);
    expect(sqlProblems('where a <=> {ani} and b <=> {email}', undefined, 'mysql')).toEqual([]);
    expect(sqlProblems('where a = {ani} and b = {email}', undefined, 'mysql')).toHaveLength(2);
  });

  it('is accepted if both inputs are given together', () => {
    expect(sqlProblems('where a = {ani} and b = {email}', [{ all: [ANI, EMAIL] }])).toEqual([]);
  });
});

describe('a template in a name', () => {
  it('is refused in a query and at every depth of a body, because a name is sent as it stands', () => {
    expect(problems({ path: '/p', query: { ...BOTH, '{ani}': 'a' } })).toEqual(['query["{ani}"]: template in a name']);
    expect(inBody({ b: [{ '{email|upper}': 1 }], 'x-{ani}': { b: 'c' } })).toEqual([
      'body.b[0]["{email|upper}"]: template in a name',
      'body["x-{ani}"]: template in a name',
    ]);
    expect(inBody({ '{ani}': 'a' }, { form: true })).toEqual(['body["{ani}"]: template in a name']);
    expect(inBody({ '{ ani }': 1, '{}': 2 })).toEqual([]);
  });
});
