import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fillTemplate, parseTemplate } from '../../../src/config/sections/lookups/template.js';
import { ESCAPES } from '../../../src/config/sections/lookups/template-escapes.js';
import { C4C, DATAVERSE, parseODataFilter, type ODataEntity } from '../../../src/sandbox/vendors/odata-filter.js';
import { parseSoql } from '../../../src/sandbox/vendors/salesforce/soql-syntax.js';
import { runEncodedQuery } from '../../../src/sandbox/vendors/servicenow/encoded-query.js';
import { parseCriteria } from '../../../src/sandbox/vendors/zoho/criteria.js';

/** Texts with the signs and the words of all query languages. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...Array.from(`'"\\^%_*(),:;=<>|&.- ab1`),
        ' or ',
        'OR',
        '^OR',
        '^NQ',
        "''",
        '\\(',
        'javascript:',
      ),
      fc.string({ unit: 'grapheme-ascii', maxLength: 3 }),
    ),
    { minLength: 1, maxLength: 10 },
  )
  .map((parts) => parts.join('').trim())
  .filter((text) => text !== '');

const entity = (dialect: ODataEntity['dialect']): ODataEntity => ({
  ...{ name: 'contact', dialect },
  properties: { email: 'text', active: 'boolean' },
});
const OTHERS = [{ email: 'customer1@example.com', active: true }];

/** The values of `email` that a query finds, among the value that it asks for and others. */
type Find = (query: string, value: string) => readonly unknown[];

const byOData =
  (dialect: ODataEntity['dialect']): Find =>
  (query, value) => {
    const test = parseODataFilter(query, entity(dialect));
    return [...OTHERS, { email: value, active: true }].filter(test).map(({ email }) => email);
  };

const QUERIES: readonly (readonly [escape: string, query: string, Find])[] = [
  [
    'soql',
    "SELECT Id FROM Contact WHERE Email = '{email|soql}' LIMIT 2",
    (query) => {
      const { where, limit } = parseSoql(query);
      expect([where?.kind, limit]).toEqual(['compare', 2]);
      return [where?.kind === 'compare' ? where.value : undefined];
    },
  ],
  ['odata', "active eq true and email eq '{email|odata}'", byOData(DATAVERSE)],
  ['c4c', "email eq '{email|c4c}'", byOData(C4C)],
  [
    'snow',
    'active=true^email={email|snow}^ORDERBYDESCemail',
    (query, value) => {
      const records = [...OTHERS, { email: value }].map(({ email }) => ({ email, active: 'true' }));
      return runEncodedQuery(query, records, new Set(['email', 'active'])).map(({ email }) => email);
    },
  ],
  [
    'zoho',
    '((email:equals:{email|zoho})or(phone:equals:none))',
    (query, value) => {
      const test = parseCriteria(query, new Set(['email', 'phone']));
      return [...OTHERS, { email: value }].filter(test).map(({ email }) => email);
    },
  ],
];

describe('a value in a query of a recipe', () => {
  it.each(QUERIES)('finds its own record alone, escaped with %s, at a stand-in', (escape, query, find) => {
    const template = parseTemplate(query);
    fc.assert(
      fc.property(hostile, (value) => {
        fc.pre(ESCAPES.get(escape)?.apply(value) !== undefined);
        const filled = fillTemplate(
          template,
          () => value,
          (text) => text,
        );
        expect(find(filled ?? '', value)).toEqual([value]);
      }),
      { numRuns: 1000 },
    );
  });
});
