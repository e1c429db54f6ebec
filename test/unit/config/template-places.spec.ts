import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { loadText } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const KEY = [{ input: 'email', kind: 'email' }];
const POST = { method: 'POST', readOnly: true, path: '/p' };
const SINGLE = 'soql, soqlLike, odata, c4c, xml';
const DOUBLE = 'json, graphql, lucene, phrase, xml';

/** The problems of an origin: the place below `origin`, and the kind. */
function problems(origin: object, system: object = { baseUrl: 'https://crm.example.com' }): unknown[] {
  const lookups = { l: { key: KEY, origin: { system: 'crm', ...origin }, fields: { id: { type: 'string' } } } };
  return kindsOf(() => loadText(stringify({ systems: { crm: system }, lookups }))).map(({ key, kind, line }) => {
    expect(line).toBeGreaterThan(0);
    return [key.replace(/^lookups\.l\.origin\.?/, ''), kind.replace(/: \{email.*$/, '')];
  });
}

const inBody = (text: string) => problems({ ...POST, body: { a: [{ b: { c: text } }] } });
const inForm = (text: string) => problems({ ...POST, form: true, body: { q: text } });
const inXml = (text: string) => problems({ ...POST, xml: text });
const lacking = (allowed: string) => expect.stringMatching(`^no escape in quotes: ${allowed}`) as unknown;
const nested = (quote: string) => expect.stringContaining(`no escape in nested quotes: ${quote}`) as unknown;

describe('a template in quotes', () => {
  it('is refused without an escape in a nested body, a form and a path, at its own place', () => {
    expect(inBody("email = '{email}'")).toEqual([['body.a[0].b.c', lacking(SINGLE)]]);
    expect(inForm('email:"{email}"')).toEqual([['body.q', lacking(DOUBLE)]]);
    expect(problems({ path: "/c(email='{email}')" })).toEqual([['path', lacking(SINGLE)]]);
    expect(inBody("email = '{email|soql}'")).toEqual([]);
    expect(inForm('email:"{email|lucene}"')).toEqual([]);
    expect(problems({ path: "/c(email='{email|odata}')" })).toEqual([]);
  });

  it('is refused after an apostrophe that is never closed', () => {
    expect(inBody('the customer\'s "{email}"')).toEqual([['body.a[0].b.c', lacking(DOUBLE)]]);
    expect(inBody('the customer\'s "{email|json}"')).toEqual([]);
    expect(inBody("the customer's {email}")).toEqual([]);
  });

  it.each([
    [`{"q":"email = '{email|json}'"}`, "'"],
    [`{"q":"email = '{email|soql}'"}`, '"'],
    [`{"q":"email = \\"{email|json}\\""}`, '"'],
    [`call('find("{email|soql}")')`, '"'],
  ])('is refused in quotes inside quotes with one escape: %s', (text, quote) => {
    expect(inBody(text)).toEqual([['body.a[0].b.c', nested(quote)]]);
  });

  it.each([
    `{"q":"email = '{email|soql|json}'"}`,
    `{"q":"email = \\"{email|graphql|json}\\""}`,
    `{"a":"x","q":"{email|json}","b":"it's"}`,
  ])('is accepted with one escape for each quote: %s', (text) => {
    expect(inBody(text)).toEqual([]);
  });

  it('is refused with more escapes than quotes, and after a backslash', () => {
    expect(inBody(`email = '{email|soql|odata}'`)).toEqual([['body.a[0].b.c', 'too many escapes: 1']]);
    expect(inBody('email:{email|json|lucene}')).toEqual([['body.a[0].b.c', 'too many escapes: 1']]);
    expect(inBody("email = '\\{email|soql}'")).toEqual([['body.a[0].b.c', 'after a backslash']]);
    expect(inBody("email = '\\\\{email|soql}'")).toEqual([]);
  });
});

describe('a template of a GraphQL query', () => {
  const query = 'query($e: String!) { contact(email: $e) { id } }';

  it('may be a variable without an escape, and needs one in the text', () => {
    expect(problems({ ...POST, body: { query, variables: { e: '{email}', list: ['{email}'] } } })).toEqual([]);
    expect(inBody('{ contact(email: "{email}") { id } }')).toEqual([['body.a[0].b.c', lacking(DOUBLE)]]);
    expect(inBody('{ contact(email: """{email|graphql}""") { id } }')).toEqual([['body.a[0].b.c', 'block string']]);
  });
});

describe('a template of XML', () => {
  it.each([
    '<q a="x">{email|xml}</q>',
    '<q a="{email|xml}" b=\'{email|xml}\'/>',
    `<q>it's "{email|soql|xml}"</q>`.replace('soql', 'lucene'),
    "<q>email = '{email|soql|xml}'</q>",
    '<q f="email = \'{email|odata|xml}\'"/>',
    '<!-- > " --><q>{email|xml}</q>',
  ])('is accepted in %s', (xml) => {
    expect(inXml(xml)).toEqual([]);
  });

  it.each([
    ['<q>{email}</q>', 'no escape here: `xml`'],
    ['<q>{email|soql}</q>', 'no escape here: `xml`'],
    ['<q>{email|xml|upper}</q>', 'escape not last: `xml`'],
    ["<q>email = '{email|xml}'</q>", lacking(SINGLE)],
    ['<q>email = &apos;{email|xml}&apos;</q>', lacking(SINGLE)],
    ['<q f="email = &quot;{email|xml}&quot;"/>', lacking(DOUBLE)],
    ['<q {email|xml}="a"/>', 'no place in XML'],
    ['<q a={email|xml}/>', 'no place in XML'],
    ['<{email|xml}/>', 'no place in XML'],
    ['<q><!-- {email|xml} --></q>', 'no place in XML'],
    ['<q><![CDATA[{email|xml}]]></q>', 'no place in XML'],
    ['<?p {email|xml}?><q/>', 'no place in XML'],
  ])('is refused in %s', (xml, kind) => {
    expect(inXml(xml)).toEqual([['xml', kind]]);
  });
});

describe('a template of a header', () => {
  it('is refused, in quotes and without', () => {
    const headers = { 'X-Filter': "email = '{email|soql}'", 'X-Plain': '{email}' };
    expect(problems({ path: '/p/{email}', headers })).toEqual([
      ['headers.X-Filter', 'template in a header'],
      ['headers.X-Plain', 'template in a header'],
    ]);
  });
});

describe('a template of SQL', () => {
  const select = 'select id from c where email =';
  const sqlProblems = (type: string, sql: string) => problems({ sql }, { type, url: `${type}://r@127.0.0.1/erp` });

  it.each([
    ['postgres', `${select} {email} -- {email}\n`],
    ['postgres', `${select} {email} /* {email} */`],
    ['postgres', `${select} {email} /* /* */ {email} */`],
    ['postgres', `${select} '{email}'`],
    ['postgres', `${select} $x$ {email} $x$`],
    ['postgres', 'select "{email}" from c'],
    ['mysql', `${select} {email} # {email}\n`],
    ['mysql', `${select} {email} -- {email}\n`],
    ['mysql', `${select} "{email}"`],
    ['mysql', 'select `{email}` from c'],
  ])('is refused in quotes and in a comment of %s: %s', (type, sql) => {
    expect(sqlProblems(type, sql)).toEqual([['sql', 'template in quotes of SQL']]);
  });

  it('is accepted next to quotes and comments', () => {
    expect(sqlProblems('postgres', `${select} {email} and t <> 'it''s' -- it's\n or id = {email}`)).toEqual([]);
    expect(sqlProblems('mysql', `${select} {email} and t <> 'it\\'s' # it's\n or id = {email}`)).toEqual([]);
  });
});

describe('a misspelt placeholder', () => {
  const refused = expect.stringMatching(/^misspelt placeholder/) as unknown;

  it.each(['{ email | upper }', 'a {email', 'a {email|upper', '{email}, { email |upper}'])(
    'is refused, and not sent as it stands: %s',
    (text) => {
      const found = problems({ path: '/c', query: { q: text, r: '{email}' } });
      expect(found).toEqual([['query.q', refused]]);
    },
  );

  it.each(['query { customer { email } }', 'a { b', '{"a": "{email|json}"}', '{ customer | email }'])(
    'is none in another text with braces: %s',
    (text) => {
      expect(problems({ ...POST, body: { q: text, r: '{email}' } })).toEqual([]);
    },
  );
});

describe('an XML body', () => {
  it.each(['<a>{email|xml}</b>', '<a><b>{email|xml}</a>', '<a>{email|xml}', '<a x={email|xml}></b>'])(
    'is refused if it is not well-formed: %s',
    (xml) => {
      expect(inXml(xml)).toContainEqual(['xml', expect.stringMatching(/^malformed XML/)]);
    },
  );

  it('is accepted with placeholders in text and attributes', () => {
    expect(inXml('<?xml version="1.0"?>\n<a x="{email|xml}"><b>{email|xml}</b><c/></a>\n')).toEqual([]);
  });
});
