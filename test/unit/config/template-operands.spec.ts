import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { FILTERS } from '../../../src/config/sections/lookups/template-filters.js';
import { filteredValue, parseTemplate } from '../../../src/config/sections/lookups/template.js';
import { loadText } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const POST = { method: 'POST', readOnly: true, path: '/p' };
const IN_QUOTES = 'no escape in quotes';
const OPERAND = 'operand outside quotes';

/** The kinds of the problems of an origin with one id, without the words that they allow. */
function problems(origin: object): string[] {
  const key = [
    { input: 'id', kind: 'id' },
    { input: 'ani', kind: 'phone' },
  ];
  const lookups = { l: { key, origin: { system: 'crm', ...origin }, fields: { id: { type: 'string' } } } };
  const text = stringify({ systems: { crm: { baseUrl: 'https://crm.test' } }, lookups });
  const found = kindsOf(() => loadText(text)).map(({ kind }) => kind.replace(/: .*$/s, ''));
  return found.filter((kind) => kind !== 'unused input' && kind !== 'optional input');
}

const inQuery = (q: string) => problems({ path: '/p', query: { q } });
const inPath = (path: string) => problems({ path });
const inBody = (q: string) => problems({ ...POST, body: { q } });
const inXml = (xml: string) => problems({ ...POST, xml });
const inFollow = (path: string) => problems({ path: '/p', follow: { id: 'ref', path } });

describe('encoded quotes', () => {
  it.each(['/x(%27{id}%27)', '/x(%2527{id}%2527)', '/x(id=%22{id}%22)', "/x('{id}%27)"])(
    'count as quotes in a path: %s',
    (path) => {
      expect(inPath(path)).toEqual([IN_QUOTES]);
      expect(inFollow(path)).toEqual([IN_QUOTES]);
    },
  );

  it('accept the escape of their language', () => {
    expect(inPath('/x(%27{id|odata}%27)')).toEqual([]);
    expect(inFollow("/y('{id|odata}')")).toEqual([]);
    expect(inFollow('/y/{id}')).toEqual([]);
    expect(inFollow('/y/{id|national}')).toEqual(['filter of phone numbers']);
    expect(inFollow('/y/{id|upper}')).toEqual([]);
  });

  it.each(['&#x27;', '&#x0027;', '&#39;', '&#0039;', '&apos;'])('count as quotes in XML: %s', (quote) => {
    expect(inXml(`<a>x = ${quote}{id|xml}${quote}</a>`)).toEqual([IN_QUOTES]);
    expect(inXml(`<a>x = ${quote}{id|odata|xml}${quote}</a>`)).toEqual([]);
  });

  it.each(['&#x22;', '&#34;', '&#0034;', '&quot;'])('count as double quotes in XML: %s', (quote) => {
    expect(inXml(`<a b='x = ${quote}{id|xml}${quote}'/>`)).toEqual([IN_QUOTES]);
    expect(inXml(`<a b='x = ${quote}{id|lucene|xml}${quote}'/>`)).toEqual([]);
  });

  it('count as quotes in the text of JSON', () => {
    expect(inBody('{"q":"x = \\u0027{id|json}\\u0027"}')).toEqual(['no escape in nested quotes']);
    expect(inBody('{"q":"x = \\u0027{id|soql|json}\\u0027"}')).toEqual([]);
  });
});

describe('a backslash at the end of a literal', () => {
  it('ends nothing in OData, so the next literal needs an escape', () => {
    expect(inQuery("path eq 'C:\\' and x eq '{id}'")).toEqual([IN_QUOTES]);
    expect(inQuery("path eq 'C:\\' and x eq '{id|odata}'")).toEqual([]);
    expect(inQuery("path eq 'C:\\' and x eq {id|odata} and y eq 'z'")).toEqual([OPERAND]);
    expect(inXml("<a>path eq 'C:\\' and x eq '{id|xml}'</a>")).toEqual([IN_QUOTES]);
    expect(inFollow("/y(a='C:%5C',b='{id}')")).toEqual([IN_QUOTES]);
  });

  it('escapes the quote in SOQL and JSON', () => {
    expect(inQuery("a = 'it\\'s' AND x = '{id|soql}'")).toEqual([]);
    expect(inBody('{"a":"\\"","x":"{id|json}"}')).toEqual([]);
  });
});

describe('an id outside quotes', () => {
  it.each([
    'accountnumber eq {id}',
    'ACCOUNTNUMBER EQ {id}',
    '{id} eq accountnumber',
    'a eq 10{id}',
    "a eq 'x' and {id}",
    'Id = {id}',
    'Id={id} limit 2',
    'a in (1, {id})',
    'startswith(a,{id})',
    'type:user email:{id}',
    'status:open +id:*{id}',
    'customer(id: {id})',
    '{ customer(id: {id}) { name } }',
    '{"q":{id}}',
    '[{id}]',
    'a^id={id}',
    'a eq {id|soql}',
    'a eq {id|upper|last:3}',
  ])('is refused in an expression: %s', (text) => {
    expect(inQuery(text)).toEqual([OPERAND]);
    expect(inBody(text)).toEqual([OPERAND]);
    expect(problems({ ...POST, form: true, body: { q: text } })).toEqual([OPERAND]);
  });

  it('is refused in brackets of a path, and in an expression in XML', () => {
    expect(inPath('/x({id})')).toEqual([OPERAND]);
    expect(inPath('/x%28{id})')).toEqual([OPERAND]);
    expect(inFollow('/x({id})')).toEqual([OPERAND]);
    expect(inXml('<a>accountnumber eq {id|xml}</a>')).toEqual([OPERAND]);
    expect(inXml('<a b="x &lt; {id|xml}"/>')).toEqual([OPERAND]);
  });

  it.each([
    'accountnumber eq {id|number}',
    'accountid eq {id|guid}',
    '{ customer(id: {id|number}) { name } }',
    'a eq {id|digits|last:4}',
    'a eq {ani} or b eq {ani|national}',
    'status:open AND id:{id|lucene}',
    '(id:equals:{id|zoho})',
    '{id}',
    'x-{id}',
    'tel:{id}',
    'urn:oid:{id}',
    'http://hospital.example/mrn|{id}',
    'A{id}/B',
    'the customer {id}',
    '{id}, {id}',
  ])('is accepted if no value can leave its place, or no language is known: %s', (text) => {
    expect(inQuery(text)).toEqual([]);
    expect(inBody(text)).toEqual([]);
  });

  it('is accepted as a segment of a path, and as a number or a GUID in its brackets', () => {
    for (const path of ['/x/{id}', '/x/id={id}/y', '/x/{id}:read', '/x({id|number})', '/x(id={id|guid})'])
      expect(inPath(path)).toEqual([]);
    expect(inXml('<a>\n  {id|xml}\n</a>')).toEqual([]);
    expect(inXml('<a>accountnumber eq {id|number|xml}</a>')).toEqual([]);
  });
});

describe('a filter', () => {
  const filtered = (filters: string, value: string) => {
    const [placeholder] = parseTemplate(`{id|${filters}}`).placeholders;
    return placeholder && filteredValue(placeholder, value);
  };

  it('admits only a number or a GUID, and changes neither', () => {
    for (const value of ['17', '-1.50', '007']) expect(filtered('number', value)).toBe(value);
    for (const value of ['1 or 1 eq 1', '1e5', '+1', '.5', '1.', '١', 'NaN', '0x1', '1,2', '--1'])
      expect(filtered('number', value)).toBeUndefined();
    const guid = '0F8fad5b-d9cb-469f-a165-70867728950e';
    expect(filtered('guid', guid)).toBe(guid);
    for (const value of [`${guid}0`, `{${guid}}`, 'accountid', guid.replaceAll('-', '')])
      expect(filtered('guid', value)).toBeUndefined();
  });

  it('has no form for half a character', () => {
    expect(filtered('last:1', 'a😀')).toBeUndefined();
    expect(filtered('last:2', 'a😀')).toBe('😀');
  });

  it('gives well-formed text or no form, for every value', () => {
    const names = [...FILTERS.keys()].map((name) => (name === 'last' ? 'last:3' : name));
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.string({ unit: 'binary', minLength: 1 }), (name, value) => {
        expect(filtered(name, value)?.isWellFormed() ?? true).toBe(true);
      }),
    );
    for (const name of names) expect(filtered(name, '\ud83d')?.isWellFormed() ?? true).toBe(true);
    const [plain] = parseTemplate('{id}').placeholders;
    expect(plain && filteredValue(plain, 'a\udc00')).toBeUndefined();
  });
});
