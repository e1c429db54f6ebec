import { describe, expect, it } from '@jest/globals';
import { edited, loadText } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const QUERY = 'query: { phone: "{ani}", email: "{email}" }';
const kinds = (query: string) => kindsOf(() => loadText(edited(QUERY, `query: { ${query} }`))).map(({ kind }) => kind);

describe('a template in quotes of a query language', () => {
  it.each([
    [`q: "select id from contact where email = '{email}'", p: "{ani}"`, 'soql, soqlLike, odata, c4c, xml'],
    [`q: "email eq '{email|upper}'", p: "{ani}"`, 'soql, soqlLike, odata, c4c, xml'],
    [`q: "email eq '{email|json}'", p: "{ani}"`, 'soql, soqlLike, odata, c4c, xml'],
    [`q: 'email:"{email}"', p: "{ani}"`, 'json, graphql, lucene, phrase, xml'],
    [`q: 'email:"{email|odata}"', p: "{ani}"`, 'json, graphql, lucene, phrase, xml'],
  ])('is refused without an escape of this quote: %s', (query, allowed) => {
    expect(kinds(query)).toEqual([expect.stringMatching(`^no escape in quotes: ${allowed}`)]);
  });

  it.each([
    `q: ["email = '{email|soql}'", "phone = '{ani}'"]`,
    `q: ["email eq '{email|odata}'", "phone eq '{ani|national}'"]`,
    `q: ['email:"{email|lucene}"', 'phone:"{ani}"']`,
    `q: "id = '{email|digits}'", p: "{ani}"`,
    `q: "the customer's {email}", p: "{ani}"`,
    `q: "name = 'x' and {email|lucene}", p: "{ani}"`,
    `sysparm_query: ["email={email|snow}^active=true", "phone={ani}"]`,
    `sysparm_query: "phone={ani|nationalDigits|last:10}", e: "{email}"`,
  ])('is accepted if no value can leave the literal: %s', (query) => {
    expect(kinds(query)).toEqual([]);
  });

  it('is refused in a block string, and without `snow` in a query of ServiceNow', () => {
    expect(kinds(`q: '{ c(e: """{email|graphql}""") }', p: "{ani}"`)).toEqual([expect.stringMatching('^block string')]);
    expect(kinds(`sysparm_query: "email={email}", p: "{ani}"`)).toEqual([expect.stringMatching('^no escape here')]);
  });
});

describe('a template of SQL', () => {
  const database = (sql: string) => `
systems: { erp: { type: postgres, url: 'postgres://reader@127.0.0.1/erp' } }
lookups:
  customer:
    key: [{ input: email, kind: email }]
    origin: { system: erp, sql: "${sql}" }
    fields: { id: { type: string } }
`;

  it('is refused with an escape, because its value is a bound parameter', () => {
    const found = (sql: string) => kindsOf(() => loadText(database(sql))).map(({ kind }) => kind);
    expect(found('select id from customers where email = {email|upper}')).toEqual([]);
    expect(found('select id from customers where email = {email|odata}')).toEqual(['escape in SQL: {email|odata}']);
  });
});

describe('the filters of a template', () => {
  it.each([
    [`e: "{email|national}", p: "{ani}"`, 'filter of phone numbers'],
    [`e: "{email}", p: "{ani|digits|national}"`, 'filter not first'],
    [`e: "{email|odata|upper}", p: "{ani}"`, 'escape not last'],
    [`e: "{email|sosl}", p: "{ani}"`, 'unknown filter'],
    [`e: "{email|soql:1}", p: "{ani}"`, 'argument of a filter'],
  ])('are refused in %s', (query, kind) => {
    expect(kinds(query)).toEqual([expect.stringMatching(`^${kind}`)]);
  });
});
