import { beforeEach, describe, expect, it } from '@jest/globals';
import type { OriginCall } from '../support/origin.js';
import { onStage } from './stage.js';

/** The grammar of each query: one comparison of one field with one literal, and nothing else. */
const GRAMMARS: Readonly<Record<string, RegExp>> = {
  '/soql': /^select Id from Contact where ExternalId__c = '((?:[^'\\]|\\['"\\])*)' limit 2$/,
  '/odata': /^customerid eq '((?:[^']|'')*)' and active eq true$/,
};

/** The value of the literal, as the system of record reads it. Another text is refused. */
function literalOf({ url }: OriginCall): string {
  const { pathname, searchParams } = new URL(url, 'http://origin.invalid');
  const query = searchParams.get('q') ?? '';
  const literal = GRAMMARS[pathname]?.exec(query)?.[1];
  if (literal === undefined) throw new SyntaxError(`the query has another form: ${query}`);
  return pathname === '/soql' ? literal.replace(/\\(.)/g, '$1') : literal.replaceAll("''", "'");
}

const lookup = (path: string, query: string) => ({
  key: [{ input: 'customerId', kind: 'id' }],
  origin: { system: 'crm', path, query: { q: query } },
  fields: { name: { type: 'string', default: 'UNKNOWN' } },
  cache: { nearTtlMs: 0 },
});

const stage = onStage({
  lookups: {
    soql: lookup('/soql', "select Id from Contact where ExternalId__c = '{customerId|soql}' limit 2"),
    odata: lookup('/odata', "customerid eq '{customerId|odata}' and active eq true"),
  },
});

/** Every customer of the system, by id. A query that selects more than one would give all names. */
const CUSTOMERS = new Map([
  ["o'brien", "O'Brien"],
  ['c-2', 'Bob'],
]);

const INJECTIONS = [
  "' OR Name != '",
  "x' OR ExternalId__c LIKE '%",
  "\\' OR Name != '",
  "\\\\' OR Name != \\'",
  "c-2' limit 2 --",
  "x'' or ''1'' eq ''1",
  "x' or true or name eq 'y",
  "' or contains(name,'",
  '%27%20OR%20Name%20!%3D%20%27',
  "'",
  "''",
  '\\',
  '"',
];

describe.each(['soql', 'odata'])('a value in a literal of %s', (name) => {
  beforeEach(() => {
    stage.origin.answer((call: OriginCall) => {
      const customer = CUSTOMERS.get(literalOf(call));
      return customer === undefined ? {} : { name: customer };
    });
  });

  it.each(INJECTIONS)('stays in the literal: %j', async (customerId) => {
    const { status, json } = await stage.ask({ customerId }, { lookup: name });
    expect([status, json]).toMatchObject([200, { contactFound: false, name: 'UNKNOWN', source: 'origin', error: '' }]);
    expect(stage.origin.calls.map(literalOf)).toEqual([customerId]);
  });

  it('finds the customer whose id holds a quote', async () => {
    const { json } = await stage.ask({ customerId: "o'brien" }, { lookup: name });
    expect(json).toMatchObject({ contactFound: true, name: "O'Brien" });
  });
});
